// What a row of the contract suite works with: one engine, and containers that are gone when the row is over.
import assert from "node:assert/strict";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import type { Clock } from "#shared/clock.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import type { ContainerDetails, CreateRequest, Engine } from "#agent/engine/engine.ts";
import { programs, type ProgramName } from "./programs.ts";

/** An engine under test. */
export type Subject = {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Image with busybox at /bin/busybox; it is there. */
  readonly image: string;
  /** As the engine shows it; the same unless told. */
  readonly shownImage?: string;
  /** `docker save` archive of an image, and the reference by which it is there then. */
  readonly archive: () => NodeJS.ReadableStream;
  readonly archived: string;
  /** A power cut of the host, and its end; `on` resolves when the engine answers again. */
  readonly power: { readonly cut: () => Promise<void>; readonly on: () => Promise<void> };
  readonly close: () => Promise<void>;
};

/** Where rows may write on the host; in a container that mounts `/` it is below hostMount. */
export const hostDirectory = "/tmp/flexkube-contract";
export const hostMount = "/mnt/host";

export type Change = Partial<Omit<CreateRequest, "spec">> & { readonly spec?: Partial<ContainerSpec> | undefined };

export class Bench {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly subject: Subject;
  /** Label of everything the suite makes, as `key=value`. */
  readonly label: string;
  readonly #run: string;
  #made: readonly string[] = [];
  #count = 0;

  constructor(subject: Subject, run: string) {
    this.subject = subject;
    this.engine = subject.engine;
    this.clock = subject.clock;
    this.#run = run;
    this.label = `flexkube.test=${run}`;
  }

  /** A name that nothing else has. */
  name(): string {
    this.#count += 1;
    return `contract-${this.#run}-${this.#count}`;
  }

  request(program: ProgramName, change: Change = {}): CreateRequest {
    const { spec, labels, ...rest } = change;
    return {
      name: this.name(),
      restart: "no",
      resources: {},
      ...rest,
      labels: { "flexkube.test": this.#run, ...labels },
      spec: { ...programSpec(this.subject.image, program), ...spec },
    };
  }

  async create(program: ProgramName, change: Change = {}): Promise<string> {
    const id = await this.engine.create(this.request(program, change));
    this.#made = [...this.#made, id];
    return id;
  }

  async run(program: ProgramName, change: Change = {}): Promise<string> {
    const id = await this.create(program, change);
    await this.engine.start(id);
    return id;
  }

  /** A running container whose log says `ready`: it has set its signal handlers. */
  async runReady(program: ProgramName, change: Change = {}): Promise<string> {
    const id = await this.run(program, change);
    await this.eventually(async () => (await this.engine.logs(id, 10)).includes("ready"));
    return id;
  }

  /** A created, never started container with the host's root mounted. */
  async hostContainer(change: Change = {}): Promise<string> {
    const mounts = [{ source: "/", target: hostMount, readOnly: false, propagation: "rslave" }] as const;
    return this.create("ends", {
      ...change,
      spec: { mounts, networkMode: "none", readOnlyRoot: true, ...change.spec },
    });
  }

  /** Waits until the condition holds, at most a minute: several engines may start one container after the other. */
  async eventually(condition: () => Promise<boolean>): Promise<void> {
    const end = this.clock.now() + 60_000;
    while (!(await condition())) {
      assert.ok(this.clock.now() < end, "the condition did not come true in time");
      await this.clock.sleep(20);
    }
  }

  /** The very answer for which it holds: the next one may differ. */
  async until(id: string, holds: (details: ContainerDetails) => boolean): Promise<ContainerDetails> {
    let found: ContainerDetails | undefined;
    await this.eventually(async () => {
      found = await this.engine.inspect(id);
      return holds(found);
    });
    assert.ok(found);
    return found;
  }

  /** Removes what the row made. */
  async clean(): Promise<void> {
    await Promise.all(this.#made.map((id) => this.engine.remove(id)));
    this.#made = [];
  }
}

export type Row = { readonly name: string; readonly run: (bench: Bench) => Promise<void> };

/** One entry of a tar; a name that ends in a slash is a directory. */
export type TarItem = {
  readonly name: string;
  readonly content?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: Date;
  /** Target of a symbolic link. */
  readonly link?: string;
};

export async function tarOf(items: readonly TarItem[]): Promise<Uint8Array> {
  const stream = pack();
  for (const { content = "", link, ...header } of items) {
    if (link !== undefined) stream.entry({ ...header, type: "symlink", linkname: link });
    else stream.entry({ ...header, type: header.name.endsWith("/") ? "directory" : "file" }, content);
  }
  stream.finalize();
  return buffer(stream);
}

function programSpec(image: string, program: ProgramName): ContainerSpec {
  return plainSpec({
    image,
    entrypoint: ["/bin/busybox"],
    // the last argument is the script's $0: it tells the fake which program this is
    args: ["sh", "-c", programs[program].script, program],
    networkMode: "none",
    stopTimeoutSeconds: 1,
  });
}
