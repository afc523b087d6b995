// The fake engine's host: its disk, its containers, and what happens to them by itself as time passes. Nothing runs
// in the background: each call first lets happen what is due by the clock, in order.
import { wallTime } from "#shared/clock.ts";
import { createHash } from "node:crypto";
import type { Clock } from "#shared/clock.ts";
import type { CreateRequest, EngineEvent } from "#agent/engine/engine.ts";
import { engineConflict, engineNotFound, engineRefused } from "#agent/engine/errors.ts";
import { emptyDirectory, FakeFiles, type FakeDirectory, type FakeDisk, type FakeMount } from "./fake-files.ts";
import {
  isRunning,
  labelsOf,
  newContainer,
  nextBackoff,
  processOf,
  restartsByPolicy,
  type FakeContainer,
  type FakeDue,
} from "./fake-container.ts";
import { FakeImages } from "./fake-images.ts";
import { holdsEngine } from "./fake-path.ts";
import { refuseTakenPorts } from "./fake-ports.ts";
import { runsForever, signalled } from "./fake-program.ts";

/** Host and containers; the engine's calls are in fake-engine.ts. */
export class FakeMachine {
  readonly images = new FakeImages();
  readonly host: FakeFiles;
  readonly containers = new Map<string, FakeContainer>();
  /** Networks besides host, bridge and none. */
  readonly networks = new Set<string>();
  readonly squashed = new Map<number, number>();
  powered = true;
  readonly #clock: Clock;
  readonly #disk: FakeDisk;
  readonly #hostRoot: FakeDirectory;
  readonly #emit: (event: EngineEvent) => void;
  readonly #step: (what: string) => void;
  #settlingAt: number | undefined;
  #inodes = 1;
  #made = 0;

  constructor(
    clock: Clock,
    hooks: { readonly emit: (event: EngineEvent) => void; readonly step: (what: string) => void },
  ) {
    this.#clock = clock;
    this.#emit = hooks.emit;
    this.#step = hooks.step;
    this.#disk = { now: () => this.now() + this.#shift(), nextInode: () => this.#inodes++, squashed: this.squashed };
    this.#hostRoot = emptyDirectory(this.#disk);
    this.host = new FakeFiles(this.#disk, { root: this.#hostRoot });
    for (const path of ["/etc", "/run", "/tmp", "/var/lib"]) this.host.mkdir(path);
    this.host.set("/tmp", { mode: 0o1777 });
  }

  /** The time of what is happening: in the past while overdue events are caught up with. */
  /** How far the machine's clock is from the even time. */
  #shift(): number {
    return wallTime(this.#clock).epochMs - this.#clock.now();
  }

  now(): number {
    return this.#settlingAt ?? this.#clock.now();
  }

  /** Lets everything happen that is due. */
  settle(): void {
    if (!this.powered) return;
    for (let next = this.#nextDue(); next !== undefined && next.due.at <= this.#clock.now(); next = this.#nextDue()) {
      this.#settlingAt = next.due.at;
      try {
        this.#happen(next.container, next.due);
      } finally {
        this.#settlingAt = undefined;
      }
    }
  }

  /** When the next thing will happen by itself. */
  nextAt(): number | undefined {
    return this.powered ? this.#nextDue()?.due.at : undefined;
  }

  find(id: string): FakeContainer | undefined {
    const all = [...this.containers.values()];
    return (
      all.find((one) => one.id === id || one.name === id) ?? all.find((one) => id.length >= 12 && one.id.startsWith(id))
    );
  }

  create(request: CreateRequest): FakeContainer {
    const { spec, name } = request;
    const imageId = this.images.idOf(spec.image);
    if (imageId === undefined) throw engineNotFound("create", `No such image: ${spec.image}`);
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
      throw engineRefused("create", { status: 400, reason: "Invalid container name" });
    this.refuseTakenName("create", name);
    this.#mountsOf(request);
    this.#made += 1;
    const id = createHash("sha256").update(`container ${this.#made}`).digest("hex");
    const root = this.#containerRoot(request);
    const container = newContainer({
      id,
      sequence: this.#made,
      request,
      imageId,
      createdAt: this.now(),
      root,
      shift: this.#shift(),
    });
    this.containers.set(id, container);
    this.#event(container, "create");
    return container;
  }

  refuseTakenName(call: string, name: string): void {
    const holder = [...this.containers.values()].find((other) => other.name === name);
    if (holder !== undefined)
      throw engineConflict(
        call,
        `Conflict. The container name "/${name}" is already in use by container "${holder.id}".`,
      );
  }

  start(container: FakeContainer): void {
    if (isRunning(container)) return;
    container.stoppedByHand = false;
    container.restartsEnded = false;
    container.backoffMs = 0;
    container.restartCount = 0;
    this.#launch(container);
  }

  /** Delivers a signal; the end it leads to is due after the program's own time. */
  signal(container: FakeContainer, signal: string): void {
    const { stopSignal } = container.request.spec;
    container.stoppedByHand = true;
    container.restartsEnded ||= signal === "KILL" || signal === (stopSignal?.replace(/^SIG/, "") ?? signal);
    this.#event(container, "kill");
    if (container.state === "restarting") return this.#exit(container, container.exitCode);
    if (signal === "KILL") return this.#exit(container, 137);
    const outcome = container.run?.outcome ?? {};
    const exitCode = signalled(outcome, signal);
    if (exitCode === undefined) return;
    this.#plan(container, { at: this.now() + (outcome.stopsAfterMs ?? 0), what: "exit", exitCode });
    this.settle();
  }

  /** Signals, and kills when the time is over; the end is due, not there yet. */
  stop(container: FakeContainer, timeoutSeconds: number): void {
    if (!isRunning(container)) return;
    const signal = (container.request.spec.stopSignal ?? "TERM").replace(/^SIG/, "");
    this.signal(container, signal);
    if (isRunning(container))
      this.#plan(container, { at: this.now() + timeoutSeconds * 1000, what: "exit", exitCode: 137 });
    this.settle();
  }

  remove(container: FakeContainer): void {
    if (isRunning(container)) this.signal(container, "KILL");
    this.containers.delete(container.id);
    this.#event(container, "destroy");
  }

  /** The container's file system: as it was mounted at its start while it runs, else as it would be mounted now. */
  filesOf(container: FakeContainer): FakeFiles {
    return container.run?.files ?? this.#view(container);
  }

  /** Everything that runs ends at once, the daemon too. */
  powerCut(): void {
    this.settle();
    this.powered = false;
  }

  /** The daemon starts, finds what ran ended with `exitCode`, and restarts by policy. */
  powerOn(exitCode: number, restarts: (container: FakeContainer) => boolean = restartsByPolicy): void {
    this.powered = true;
    const all = [...this.containers.values()];
    for (const container of all.filter(isRunning)) {
      Object.assign(container, { state: "exited", exitCode, finishedAt: this.now(), run: undefined, due: undefined });
      container.shifts.finished = this.#shift();
    }
    for (const container of all.filter((one) => one.starts > 0 && restarts(one))) this.#relaunch(container);
  }

  #nextDue(): { readonly container: FakeContainer; readonly due: FakeDue } | undefined {
    return [...this.containers.values()]
      .flatMap((container) => (container.due === undefined ? [] : [{ container, due: container.due }]))
      .toSorted((a, b) => a.due.at - b.due.at || a.container.sequence - b.container.sequence)[0];
  }

  #happen(container: FakeContainer, due: FakeDue): void {
    container.due = undefined;
    if (due.what === "exit") return this.#exit(container, due.exitCode);
    container.restartCount += 1;
    this.#relaunch(container);
  }

  #plan(container: FakeContainer, due: FakeDue): void {
    if (container.due === undefined || due.at < container.due.at) container.due = due;
  }

  #exit(container: FakeContainer, exitCode: number): void {
    const at = this.now();
    Object.assign(container, { state: "exited", exitCode, finishedAt: at, run: undefined, due: undefined });
    container.shifts.finished = this.#shift();
    this.#event(container, "die", { exitCode });
    if (container.restartsEnded || !restartsByPolicy(container)) return;
    container.backoffMs = nextBackoff(container, at);
    container.state = "restarting";
    container.due = { at: at + container.backoffMs, what: "restart", exitCode };
  }

  /** A start that nobody asked for: its failure shows in the container only. */
  #relaunch(container: FakeContainer): void {
    try {
      this.#launch(container);
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      // what the daemon would log; the caller of a later inspect sees it in `error`
      container.state = "exited";
    }
  }

  #launch(container: FakeContainer): void {
    const { spec } = container.request;
    try {
      refuseTakenPorts(container, [...this.containers.values()]);
      const files = this.#view(container);
      Object.assign(container, { state: "running", startedAt: this.now(), error: "", exitCode: 0 });
      container.shifts.started = this.#shift();
      container.starts += 1;
      this.#event(container, "start");
      const program = this.images.programOf(spec.image) ?? runsForever;
      const outcome = program({
        container: container.name,
        labels: labelsOf(container),
        ...processOf(container),
        starts: container.starts,
        now: this.now(),
        files,
        host: this.host,
        log: (line) => container.output.push({ stream: "stdout", line, at: this.now() }),
        complain: (line) => container.output.push({ stream: "stderr", line, at: this.now() }),
        step: this.#step,
      });
      container.run = { outcome, files };
      if (outcome.endsAfterMs !== undefined)
        container.due = { at: this.now() + outcome.endsAfterMs, what: "exit", exitCode: outcome.exitCode ?? 0 };
    } catch (error) {
      if (container.state === "running") Object.assign(container, { state: "exited", finishedAt: this.now() });
      Object.assign(container, { exitCode: 128, error: error instanceof Error ? error.message : "" });
      throw error;
    }
  }

  #view(container: FakeContainer): FakeFiles {
    const mounts = this.#mountsOf(container.request);
    return new FakeFiles(this.#disk, {
      root: container.root,
      mounts,
      readOnlyRoot: container.request.spec.readOnlyRoot,
    });
  }

  #mountsOf(request: CreateRequest): readonly FakeMount[] {
    return request.spec.mounts.map(({ source, target, readOnly, propagation }) => {
      if (holdsEngine(source) && propagation !== "rslave" && propagation !== "rshared")
        throw engineRefused("create", {
          status: 400,
          reason: `must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root`,
        });
      const node = this.host.node(this.host.resolve(source, { follow: true, lenient: true }).path);
      if (node === undefined)
        throw engineRefused("create", {
          status: 400,
          reason: `invalid mount config for type "bind": bind source path does not exist: ${source}`,
        });
      return { target, node, readOnly };
    });
  }

  #containerRoot(request: CreateRequest): FakeDirectory {
    const { networkMode } = request.spec;
    if (!["host", "bridge", "none", "default", ""].includes(networkMode) && !this.networks.has(networkMode))
      throw engineNotFound("create", `network ${networkMode} not found`);
    const root = emptyDirectory(this.#disk);
    const files = new FakeFiles(this.#disk, { root });
    for (const path of ["/etc", "/tmp", ...request.spec.mounts.map((mount) => mount.target)]) files.mkdir(path);
    return root;
  }

  #event(container: FakeContainer, action: string, more: Pick<EngineEvent, "exitCode"> = {}): void {
    this.#emit({ action, containerId: container.id, name: container.name, labels: labelsOf(container), ...more });
  }
}
