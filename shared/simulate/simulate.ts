// What a host looks like after some steps of a plan have succeeded: the model that previews and property tests use.
import { isRunning } from "#shared/reconcile/parts/context.ts";
import type { DesiredFile } from "#shared/state/desired.ts";
import { pathsWithMade, pathsWithSwapped } from "#shared/reconcile/etcd/restore-paths.ts";
import { isOwner, onTheWay } from "#shared/reconcile/container/given-directories.ts";
import { ledgerAfter, ledgerBefore } from "#shared/reconcile/ledger/ledger-after.ts";
import type { ObservedContainer, ObservedPath, ObservedState } from "#shared/state/observed.ts";
import { patchedNode } from "./patched-node.ts";
import type { FileCommit, Step, StepOf } from "#shared/state/step.ts";
import { hasSucceeded } from "#shared/reconcile/container/has-done-once.ts";
import { afterClusterStep } from "./simulate-cluster.ts";
import { productOf } from "./settled-state.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";

/** Applies the steps in order, each taking 10 ms; what it starts is healthy unless `healthy` says otherwise. */
export function simulate(
  observed: ObservedState,
  steps: readonly Step[],
  healthy: (container: ObservedContainer) => boolean = () => true,
): ObservedState {
  return steps.reduce((state, step) => {
    const ledger = ledgerAfter(ledgerBefore(state.ledger, step, { now: state.now }), step);
    const next = withWorking(state, { ...apply(state, step), ledger, now: state.now + 10 }, healthy);
    return step.kind === "waitHealthy" || step.kind === "startContainer" || step.kind === "renameContainer"
      ? probe(next, step, healthy)
      : next;
  }, observed);
}

function apply(state: ObservedState, step: Step): ObservedState {
  switch (step.kind) {
    case "removeHelper":
      return { ...state, helpers: state.helpers.filter((helper) => helper.id !== step.arguments.id) };
    case "fetchImage":
      return { ...state, images: new Map([...state.images, [step.arguments.image, true]]) };
    case "commitFiles":
      return commit(state, step.arguments);
    case "giveDirectories":
      return give(state, step);
    case "restoreData":
      return { ...state, paths: pathsWithMade(state.paths, step.arguments) };
    case "swapData":
      return { ...state, paths: pathsWithSwapped(state.paths, step.arguments) };
    case "createContainer":
      return create(state, step);
    case "removeContainer":
      return { ...state, containers: state.containers.filter((container) => container.id !== step.arguments.id) };
    case "mendHost":
      return { ...state, preflight: new Map([...state.preflight].filter(([name]) => name !== step.subject)) };
    case "waitHealthy":
      return ended(state, step);
    case "takeDisruption":
      return withHolder(state, step);
    case "freeDisruption":
      return withHolder(state, undefined);
    case "patchNode":
      return { ...state, node: patchedNode(state.node, step.arguments) };
    case "applyManifest":
    case "pruneObjects":
    case "installRelease":
    case "uninstallRelease":
    case "finishRelease":
      return afterClusterStep(state, step);
    case "checkFiles":
    case "signalContainer":
    case "recordFailure":
    case "settleVerdict":
      // only the ledger tells
      return state;
    default:
      return change(state, step);
  }
}

/** What ran and worked still does; what was started works if it is healthy. */
function withWorking(
  before: ObservedState,
  after: ObservedState,
  healthy: (container: ObservedContainer) => boolean,
): ObservedState {
  const started = (container: ObservedContainer): boolean =>
    before.containers.find(({ id }) => id === container.id)?.startedAt !== container.startedAt;
  const working = after.containers.filter(
    (container) =>
      container.state === "running" && (started(container) ? healthy(container) : before.working.has(container.id)),
  );
  return { ...after, working: new Set(working.map(({ id }) => id)) };
}

function withHolder(state: ObservedState, step: StepOf<"takeDisruption"> | undefined): ObservedState {
  const { disruption } = state;
  if (disruption === undefined || "unknown" in disruption.lock) return state;
  const holder =
    step === undefined
      ? undefined
      : { host: step.arguments.host, component: step.component, container: step.subject, since: state.now };
  return { ...state, disruption: { ...disruption, lock: { ...disruption.lock, holder } } };
}

/** What belongs to one of those it may be taken from, the directory or below it, gets the new owner. */
function give(state: ObservedState, { arguments: { directories } }: StepOf<"giveDirectories">): ObservedState {
  const paths = new Map(state.paths);
  for (const { path, isWhole, mode, uid, gid, from } of directories)
    for (const [below, found] of state.paths)
      if (
        (below === path || (isWhole && below.startsWith(`${path}/`))) &&
        (found.type === "file" || found.type === "directory") &&
        [onTheWay, ...from].some((owner) => isOwner(found, owner))
      )
        paths.set(below, { ...found, uid, gid, mode: below === path ? (mode ?? found.mode) : found.mode });
  return { ...state, paths };
}

type Changing = StepOf<"renameContainer" | "updateContainer" | "startContainer" | "stopContainer">;

function change(state: ObservedState, step: Changing): ObservedState {
  const id = step.kind === "startContainer" ? (step.arguments.id ?? named(state, step.subject)?.id) : step.arguments.id;
  return {
    ...state,
    containers: state.containers.map((container) =>
      container.id === id ? changed(container, step, state.now) : container,
    ),
    replacedMounts:
      step.kind === "startContainer"
        ? new Map([...state.replacedMounts].filter(([replaced]) => replaced !== id))
        : state.replacedMounts,
    health: step.kind === "stopContainer" ? new Map([...state.health, [step.subject, false]]) : state.health,
  };
}

function changed(container: ObservedContainer, step: Changing, now: number): ObservedContainer {
  switch (step.kind) {
    case "renameContainer":
      return { ...container, name: step.arguments.to };
    case "updateContainer":
      return {
        ...container,
        restart: step.arguments.restart ?? container.restart,
        resources: step.arguments.resources ?? container.resources,
      };
    case "startContainer":
      return { ...container, state: "running", startedAt: now, exitCode: undefined };
    case "stopContainer":
      return isRunning(container) ? { ...container, state: "exited", finishedAt: now, exitCode: 0 } : container;
  }
}

function named(state: ObservedState, name: string): ObservedContainer | undefined {
  return state.containers.find((container) => container.name === name);
}

function create(state: ObservedState, step: StepOf<"createContainer">): ObservedState {
  const { spec, specHash, restart, resources, start } = step.arguments;
  const container: ObservedContainer = {
    id: `id-${state.now}-${step.subject}`,
    name: step.subject,
    component: step.component,
    container: step.subject,
    specHash,
    image: spec.image,
    state: "created",
    createdAt: state.now,
    restartCount: 0,
    restart,
    resources,
    networks: [spec.networkMode],
    start,
  };
  return { ...state, containers: [...state.containers, container] };
}

function commit(state: ObservedState, files: FileCommit): ObservedState {
  const paths = new Map(state.paths);
  for (const directory of files.directories) {
    const found = paths.get(directory.path);
    const entries = found?.type === "directory" ? found.entries : [];
    const { path, mode, uid, gid, emptyFile } = directory;
    paths.set(
      path,
      emptyFile === true
        ? { type: "file", mode, uid, gid, digest: "", changedAt: state.now }
        : { type: "directory", mode, uid, gid, entries },
    );
    addEntry(paths, directory.path);
  }
  for (const file of [...files.fresh, ...files.replaced]) {
    paths.set(file.path, fileOf(file, state.now));
    addEntry(paths, file.path);
    paths.delete(temporaryName(file.path));
    removeEntry(paths, temporaryName(file.path));
  }
  for (const { path } of files.removed) {
    for (const known of paths.keys())
      if (known === path || known.startsWith(`${path}/`)) paths.set(known, { type: "missing" });
    removeEntry(paths, path);
  }
  return { ...state, paths };
}

function fileOf(file: DesiredFile, now: number): ObservedPath {
  return { type: "file", mode: file.mode, uid: file.uid, gid: file.gid, digest: file.digest, changedAt: now };
}

function splitPath(path: string): readonly [parent: string, base: string] {
  const slash = path.lastIndexOf("/");
  return [path.slice(0, slash), path.slice(slash + 1)];
}

function addEntry(paths: Map<string, ObservedPath>, path: string): void {
  const [parent, base] = splitPath(path);
  if (parent === "" || parent === "/etc/kubernetes") return;
  const found = paths.get(parent);
  const known =
    found?.type === "directory" ? found : ({ type: "directory", mode: 0o755, uid: 0, gid: 0, entries: [] } as const);
  paths.set(parent, { ...known, entries: [...new Set([...known.entries, base])].toSorted() });
  if (found?.type !== "directory") addEntry(paths, parent);
}

function removeEntry(paths: Map<string, ObservedPath>, path: string): void {
  const [parent, base] = splitPath(path);
  const found = paths.get(parent);
  if (found?.type === "directory")
    paths.set(parent, { ...found, entries: found.entries.filter((entry) => entry !== base) });
}

type Probed = StepOf<"waitHealthy" | "startContainer" | "renameContainer">;

/** One that runs to its end is healthy when it has ended, not while it runs. */
function probe(state: ObservedState, step: Probed, healthy: (container: ObservedContainer) => boolean): ObservedState {
  const container = named(state, step.subject);
  const { once } = step.arguments;
  const works =
    container !== undefined &&
    (once === undefined ? container.state === "running" : hasSucceeded(container)) &&
    healthy(container);
  return { ...state, health: new Map([...state.health, [step.subject, works]]) };
}

/** What runs to its end has ended well when its wait is over. */
function ended(state: ObservedState, step: StepOf<"waitHealthy">): ObservedState {
  const { once } = step.arguments;
  if (once === undefined) return state;
  const paths = new Map(state.paths);
  for (const path of once.produces)
    if (!["file", "directory"].includes(paths.get(path)?.type ?? "")) paths.set(path, productOf(state.now));
  return {
    ...state,
    paths,
    containers: state.containers.map((container) =>
      container.name === step.subject
        ? { ...container, state: "exited", finishedAt: state.now, exitCode: 0 }
        : container,
    ),
  };
}
