// One container of the fake engine, and what can be said about it.
import type { Resources, RestartPolicy } from "#shared/schema/words/words.ts";
import type { ContainerDetails, ContainerSummary, CreateRequest } from "#agent/engine/engine.ts";
import type { FakeDirectory, FakeFiles } from "./fake-files.ts";
import type { FakeLine, FakeOutcome, FakeRun } from "./fake-program.ts";

/** Something that will happen to a container by itself. */
export type FakeDue = { readonly at: number; readonly what: "exit" | "restart"; readonly exitCode: number };

export type FakeContainer = {
  readonly id: string;
  readonly sequence: number;
  readonly request: CreateRequest;
  readonly imageId: string;
  readonly createdAt: number;
  readonly root: FakeDirectory;
  name: string;
  restart: RestartPolicy;
  resources: Resources;
  state: "created" | "running" | "restarting" | "exited";
  /** By the fake clock's even time; `shifts`: how far the machine's clock was from it then. */
  startedAt: number | undefined;
  finishedAt: number | undefined;
  readonly shifts: { readonly created: number; started: number; finished: number };
  exitCode: number;
  error: string;
  restartCount: number;
  /** How often it has been started. */
  starts: number;
  /** Any signal or stop since its start: `unless-stopped` does not restart it. */
  stoppedByHand: boolean;
  /** The stop signal, or any signal when it has none of its own: no policy restarts it until the next start. */
  restartsEnded: boolean;
  backoffMs: number;
  /** What runs, with the file system as it was mounted at its start. */
  run: { readonly outcome: FakeOutcome; readonly files: FakeFiles } | undefined;
  due: FakeDue | undefined;
  readonly output: FakeLine[];
};

export function newContainer({
  shift,
  ...made
}: Pick<FakeContainer, "id" | "sequence" | "request" | "imageId" | "createdAt" | "root"> & {
  readonly shift: number;
}): FakeContainer {
  const { name, restart, resources } = made.request;
  return {
    ...made,
    name,
    restart,
    resources,
    state: "created",
    startedAt: undefined,
    finishedAt: undefined,
    shifts: { created: shift, started: 0, finished: 0 },
    exitCode: 0,
    error: "",
    restartCount: 0,
    starts: 0,
    stoppedByHand: false,
    restartsEnded: false,
    backoffMs: 0,
    run: undefined,
    due: undefined,
    output: [],
  };
}

export function labelsOf(container: FakeContainer): Readonly<Record<string, string>> {
  return { ...container.request.spec.labels, ...container.request.labels };
}

export function summaryOf(container: FakeContainer): ContainerSummary {
  const { id, name, state, imageId, request } = container;
  return { id, name, state, imageId, labels: labelsOf(container), image: request.spec.image };
}

export function detailsOf(container: FakeContainer): ContainerDetails {
  const { startedAt, finishedAt, createdAt, shifts, exitCode, error, restartCount, restart, resources } = container;
  const { spec, startArgs = [] } = container.request;
  const network = spec.networkMode;
  return {
    ...summaryOf(container),
    startedAt: startedAt === undefined ? undefined : { epochMs: startedAt + shifts.started },
    finishedAt: finishedAt === undefined ? undefined : { epochMs: finishedAt + shifts.finished },
    createdAt: { epochMs: createdAt + shifts.created },
    user: spec.user ?? "",
    command: [...(spec.entrypoint ?? []), ...(spec.args ?? []), ...startArgs],
    exitCode,
    error,
    restartCount,
    restart,
    resources,
    oomKilled: false,
    networks: network.startsWith("container:") ? [] : [network === "" ? "bridge" : network],
  };
}

/** True for what Docker counts as running: also what waits for its restart. */
export function isRunning(container: FakeContainer): boolean {
  return container.state === "running" || container.state === "restarting";
}

/** Docker's rule for a container that ended by itself, or that a starting daemon finds ended. */
export function restartsByPolicy(container: FakeContainer): boolean {
  switch (container.restart) {
    case "no":
      return false;
    case "always":
      return true;
    case "unless-stopped":
      return !container.stoppedByHand;
    case "on-failure":
      return container.exitCode !== 0;
  }
}

/** The wait before the next restart: 100 ms, doubled up to a minute, from the start again after a run of 10 s. */
export function nextBackoff(container: FakeContainer, endedAt: number): number {
  const ran = endedAt - (container.startedAt ?? endedAt);
  return ran >= 10_000 || container.backoffMs === 0 ? 100 : Math.min(container.backoffMs * 2, 60_000);
}

/** How its program is started. Without a word about control groups it has a namespace of its own, as on cgroup v2. */
export function processOf({ id, request }: FakeContainer): Pick<FakeRun, "command" | "env" | "cgroupNamespace"> {
  const { spec, startArgs = [] } = request;
  return {
    command: [...(spec.entrypoint ?? []), ...(spec.args ?? []), ...startArgs],
    env: spec.env,
    cgroupNamespace: spec.cgroupnsMode === "host" ? "host" : id,
  };
}

/** `label`: `key` or `key=value`. */
export function hasLabel(container: FakeContainer, label: string): boolean {
  const labels = labelsOf(container);
  const equals = label.indexOf("=");
  return equals < 0 ? label in labels : labels[label.slice(0, equals)] === label.slice(equals + 1);
}
