// An engine in memory that behaves, and fails, as Docker does; the contract suite runs against it too.
// It shares its host's file tree with the containers that mount it, and moves only by the clock it is given.
import type { Clock } from "#shared/clock.ts";
import type { RestartPolicy, Resources } from "#shared/schema/words/words.ts";
import type {
  ArchiveStat,
  CallOptions,
  ContainerDetails,
  ContainerSummary,
  CreateRequest,
  Engine,
  EngineEvent,
  EngineInfo,
  EventOptions,
  PullProgress,
} from "#agent/engine/engine.ts";
import { buffer } from "node:stream/consumers";
import { archiveUnreadable, engineConflict, engineNotFound, engineRefused } from "#agent/engine/errors.ts";
import { checkPut, getTar, putEntries, readTar, statPath } from "./fake-archive.ts";
import { detailsOf, hasLabel, isRunning, restartsByPolicy, summaryOf, type FakeContainer } from "./fake-container.ts";
import { FakeFaults, type FakeCall } from "./fake-faults.ts";
import type { FakeFiles } from "./fake-files.ts";
import { fakeOutput, type FakeOutput, type OutputWanted } from "./fake-output.ts";
import { FakeFrame } from "./fake-frame.ts";
import type { FakeImages } from "./fake-images.ts";
import { FakeMachine } from "./fake-machine.ts";
import type { FakeProgram } from "./fake-program.ts";

/** See README.md of this folder for what it models. */
export class FakeEngine implements Engine {
  readonly faults = new FakeFaults();
  readonly #frame: FakeFrame;
  readonly #machine: FakeMachine;
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  constructor(options: { readonly clock: Clock }) {
    this.#frame = new FakeFrame({ clock: options.clock, faults: this.faults, machine: () => this.#machine });
    this.#machine = new FakeMachine(options.clock, {
      emit: (event) => this.#listeners.forEach((listener) => listener(event)),
      step: (what) => this.#frame.step(what),
    });
  }

  /** Every call so far, with the steps of programs. */
  get calls(): readonly FakeCall[] {
    return this.#frame.calls;
  }

  /** The host's files, as a look at its disk would show them. */
  get host(): FakeFiles {
    this.#machine.settle();
    return this.#machine.host;
  }

  /** Owners that the machine's file systems do not keep, and whom they make of them. */
  get squashed(): Map<number, number> {
    return this.#machine.squashed;
  }

  get images(): FakeImages {
    return this.#machine.images;
  }

  /** Names of networks besides host, bridge and none. */
  get networks(): Set<string> {
    return this.#machine.networks;
  }

  /** All containers by name, without a call. */
  get containers(): readonly ContainerDetails[] {
    this.#machine.settle();
    const all = [...this.#machine.containers.values()].map(detailsOf);
    return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Scripts what containers of an image run, and makes the image be there. */
  program(image: string, program: FakeProgram): void {
    this.images.add(image);
    this.images.program(image, program);
  }

  /** Power off: all that runs is gone, calls fail until `powerOn`. */
  powerCut(): void {
    this.#machine.powerCut();
    this.#frame.notify();
  }

  /** Power on: what ran is found exited with 255, and restart policies apply. */
  powerOn(): void {
    this.#machine.powerOn(255);
    this.#frame.notify();
  }

  /** The daemon is killed and comes back: it ends what ran, and leaves `unless-stopped` down. */
  daemonCrash(): void {
    this.#machine.powerCut();
    this.#machine.powerOn(137, (one) => one.restart !== "unless-stopped" && restartsByPolicy(one));
    this.#frame.notify();
  }

  async info(options?: CallOptions): Promise<EngineInfo> {
    return this.#frame.call({ method: "info", subject: "", options }, () => ({
      engine: "docker",
      version: "28.5.2",
      apiVersion: "1.51",
      cgroupVersion: "2",
      cgroupDriver: "systemd",
      securityOptions: ["name=seccomp,profile=builtin", "name=cgroupns"],
    }));
  }

  async list(options?: CallOptions & { readonly label?: string | undefined }): Promise<readonly ContainerSummary[]> {
    return this.#frame.call({ method: "list", subject: options?.label ?? "", options }, () =>
      [...this.#machine.containers.values()]
        .filter((container) => options?.label === undefined || hasLabel(container, options.label))
        .toSorted((a, b) => b.sequence - a.sequence)
        .map(summaryOf),
    );
  }

  async inspect(id: string, options?: CallOptions): Promise<ContainerDetails> {
    return this.#frame.call({ method: "inspect", subject: this.#nameOf(id), options }, () =>
      detailsOf(this.#existing("inspect", id)),
    );
  }

  async create(request: CreateRequest, options?: CallOptions): Promise<string> {
    return this.#frame.call(
      { method: "create", subject: request.name, mutating: true, options },
      () => this.#machine.create(request).id,
    );
  }

  async rename(id: string, name: string, options?: CallOptions): Promise<void> {
    return this.#frame.call({ method: "rename", subject: this.#nameOf(id), mutating: true, options }, () => {
      const container = this.#existing("rename", id);
      // as Docker 20.10 and 26.1
      if (container.state === "restarting") throw engineNotFound("rename", `sandbox ${"0".repeat(64)} not found`);
      if (container.name === name) throw engineRefused("rename", { status: 400, reason: "it has that name already" });
      this.#machine.refuseTakenName("rename", name);
      container.name = name;
    });
  }

  async update(
    id: string,
    change: { readonly restart?: RestartPolicy | undefined; readonly resources?: Resources | undefined },
    options?: CallOptions,
  ): Promise<void> {
    return this.#frame.call({ method: "update", subject: this.#nameOf(id), mutating: true, options }, () => {
      const container = this.#existing("update", id);
      container.restart = change.restart ?? container.restart;
      container.resources = change.resources ?? container.resources;
    });
  }

  async start(id: string, options?: CallOptions): Promise<void> {
    return this.#frame.call({ method: "start", subject: this.#nameOf(id), mutating: true, options }, () =>
      this.#machine.start(this.#existing("start", id)),
    );
  }

  async stop(id: string, timeoutSeconds: number, options?: CallOptions): Promise<void> {
    return this.#frame.call({ method: "stop", subject: this.#nameOf(id), mutating: true, options }, async () => {
      const container = this.#existing("stop", id);
      this.#machine.stop(container, timeoutSeconds);
      const deadlineMs = options?.deadlineMs ?? 60_000 + timeoutSeconds * 1000;
      await this.#frame.until("stop", () => !isRunning(container), { ...options, deadlineMs });
    });
  }

  async kill(id: string, signal: string, options?: CallOptions): Promise<void> {
    return this.#frame.call({ method: "kill", subject: this.#nameOf(id), mutating: true, options }, () => {
      const container = this.#existing("kill", id);
      if (!isRunning(container)) throw engineConflict("kill", `Container ${id} is not running`);
      this.#machine.signal(container, signal.replace(/^SIG/, ""));
    });
  }

  async wait(id: string, options?: CallOptions): Promise<number> {
    return this.#frame.call({ method: "wait", subject: this.#nameOf(id), options }, async () => {
      const container = this.#existing("wait", id);
      await this.#frame.until("wait", () => !isRunning(container), options);
      return container.exitCode;
    });
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    return this.#frame.call({ method: "remove", subject: this.#nameOf(id), mutating: true, options }, () => {
      const container = this.#machine.find(id);
      if (container !== undefined) this.#machine.remove(container);
    });
  }

  async logs(id: string, lines: number, options?: CallOptions): Promise<string> {
    return this.#frame.call({ method: "logs", subject: this.#nameOf(id), options }, () => {
      const { output } = this.#existing("logs", id);
      const last = lines <= 0 ? [] : output.slice(-lines);
      return last.map(({ line }) => `${line}\n`).join("");
    });
  }

  async *output(id: string, wanted: OutputWanted, options?: CallOptions): FakeOutput {
    const asked = { method: "output", subject: this.#nameOf(id), options } as const;
    const container = await this.#frame.call(asked, () => this.#existing("output", id));
    yield* fakeOutput(container, wanted, async (done) => this.#frame.forever("output", done, options));
  }

  async inspectImage(reference: string, options?: CallOptions): Promise<string | undefined> {
    return this.#frame.call({ method: "inspectImage", subject: reference, options }, () => this.images.idOf(reference));
  }

  async imageLabels(reference: string, options?: CallOptions): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#frame.call({ method: "imageLabels", subject: reference, options }, () =>
      this.images.labelsOf(reference),
    );
  }

  async pullImage(
    reference: string,
    _credentials: { readonly server: string; readonly username: string; readonly password: string } | undefined,
    options?: CallOptions & { readonly onProgress?: ((progress: PullProgress) => void) | undefined },
  ): Promise<void> {
    return this.#frame.call({ method: "pullImage", subject: reference, mutating: true, options }, () => {
      this.images.pull(reference);
      options?.onProgress?.({ layersDone: 1, layers: 1, bytes: 1024 });
    });
  }

  async loadImage(archive: NodeJS.ReadableStream, options?: CallOptions): Promise<readonly string[]> {
    const content = await buffer(archive).catch((error: unknown) => {
      throw error instanceof Error ? archiveUnreadable(archive, error) : error;
    });
    return this.#frame.call({ method: "loadImage", subject: "", mutating: true, options }, () =>
      this.images.load(content),
    );
  }

  async putArchive(id: string, path: string, tar: Uint8Array, options?: CallOptions): Promise<void> {
    const content = await readTar(tar);
    const half = { entries: content.entries.slice(0, Math.ceil(content.entries.length / 2)), complete: true };
    const put = (part: typeof content): void => {
      const files = this.#machine.filesOf(this.#existing("putArchive", id));
      checkPut(files, path);
      putEntries(files, path, part);
    };
    const entering = { method: "putArchive", subject: `${this.#nameOf(id)}:${path}`, mutating: true, options } as const;
    return this.#frame.call(
      entering,
      () => put(content),
      () => put(half),
    );
  }

  async getArchive(
    id: string,
    path: string,
    options?: CallOptions & { readonly maxBytes?: number | undefined },
  ): Promise<Uint8Array> {
    const tar = await this.#frame.call({ method: "getArchive", subject: `${this.#nameOf(id)}:${path}`, options }, () =>
      getTar(this.#machine.filesOf(this.#existing("getArchive", id)), path),
    );
    return tar.subarray(0, options?.maxBytes);
  }

  async statArchive(id: string, path: string, options?: CallOptions): Promise<ArchiveStat | undefined> {
    return this.#frame.call({ method: "statArchive", subject: `${this.#nameOf(id)}:${path}`, options }, () =>
      statPath(this.#machine.filesOf(this.#existing("statArchive", id)), path),
    );
  }

  async *events(options?: EventOptions): AsyncGenerator<EngineEvent> {
    const queue: EngineEvent[] = [];
    const listener = (event: EngineEvent): void => {
      queue.push(event);
      this.#frame.notify();
    };
    await this.#frame.call({ method: "events", subject: "", options }, () => this.#listeners.add(listener));
    options?.onOpen?.();
    try {
      for (;;) {
        await this.#frame.forever("events", () => queue.length > 0, options);
        if (options?.signal?.aborted === true) return;
        yield* queue.splice(0);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #existing(call: string, id: string): FakeContainer {
    const container = this.#machine.find(id);
    if (container === undefined) throw engineNotFound(call, `No such container: ${id}`);
    return container;
  }

  #nameOf(id: string): string {
    return this.#machine.find(id)?.name ?? id;
  }
}
