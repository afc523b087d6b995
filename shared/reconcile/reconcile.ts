// The one place that decides: desired and observed state in, an ordered plan out. Pure and deterministic.
import { illnessOf } from "./container/ailment.ts";
import { withVotingStorage } from "./etcd/api-server-storage.ts";
import { withRestoredStorage } from "./etcd/restored-storage.ts";
import { blockedFor } from "./parts/context.ts";
import type { Context } from "./parts/context.ts";
import { emptyPart, hasFiles, hasSteps } from "./parts/container-part.ts";
import type { ContainerPart } from "./parts/container-part.ts";
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import { withDisruption } from "./disruption/disruption-parts.ts";
import { planContainer } from "./container/plan-container.ts";
import { planCluster } from "./cluster/plan-cluster.ts";
import { planNode } from "./cluster/plan-node.ts";
import { withPreflight } from "./container/hold-for-preflight.ts";
import { removals } from "./removals.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { findingText } from "#shared/state/preflight-finding.ts";
import { takenOverFiles } from "./files/stale-files.ts";
import type { FileCommit, Plan, Step } from "#shared/state/step.ts";
import { ledgerUnder } from "./files/unheld.ts";
import { startsContainer } from "#shared/state/step-traits.ts";
import { ownValue } from "#shared/own-value.ts";

/**
 * The plan that makes the host what the config asks for. Every prefix of it leaves a state from which the next plan
 * converges. A component that cannot be helped is in `blocked`; the others go on.
 */
export function reconcile(wish: Omit<Context, "observed">, observed: ObservedState): Plan {
  const ledger = ledgerUnder(wish.desired.config, observed.ledger);
  const context: Context = { ...wish, observed: { ...observed, ledger } };
  const planned = wish.desired.containers.map((container) => {
    const voting = withVotingStorage(context, planContainer(context, container));
    const part = withRestoredStorage(context, container, voting);
    return withPreflight(context, container, withKnownImages(context, container, part));
  });
  const parts = withDependencies(context, withDisruption(context, planned));
  const makes = parts
    .filter((part) => part.main.some((step) => step.kind === "createContainer"))
    .map((part) => part.name);
  const gone = removals(context, makes);
  const cluster = planCluster(wish.desired, observed);
  const node = planNode(wish.desired.node, observed.node);
  const { first, rest } = atOnce(context, parts);
  const steps = [
    ...leftovers(context).map((helper) => helperStep(helper.id, helper.name)),
    ...first,
    ...fetchSteps(observed, [...parts.map(({ images, component }) => ({ images, component })), ...cluster.images]),
    ...parts.flatMap((part) => part.checks),
    ...gone.first,
    ...parts.flatMap((part) => part.early),
    ...commitStep(parts),
    ...runSteps(wish.desired.containers, repairsFirst(context, rest)),
    ...gone.last,
    ...cleanupStep([
      ...parts.flatMap((part) => part.cleanup.map((path) => ({ path, component: part.component }))),
      ...gone.files,
    ]),
    ...cluster.steps,
    ...node.steps,
  ];
  return {
    steps,
    blocked: [
      ...parts.flatMap((part) => part.blocked),
      ...unhealthy(context, parts),
      ...unmet(wish.desired),
      ...gone.blocked,
      ...cluster.blocked,
      ...node.blocked,
    ],
    warnings: warnings(context, gone.warnings),
    ...(cluster.notes.length === 0 ? {} : { notes: cluster.notes }),
  };
}

function helperStep(id: string, name: string): Step {
  return {
    kind: "removeHelper",
    subject: name,
    component: "",
    cause: "left over by an interrupted step",
    arguments: { id, name },
  };
}

/** Helm at work, or done and not settled, is no leftover while this host may yet settle it. */
function leftovers({ desired, observed }: Context): ObservedState["helpers"] {
  const known = observed.helpers.filter(({ unknown }) => unknown === undefined);
  if (desired.clusterObjects === undefined) return known;
  const isElsewhere = observed.cluster?.state === "elsewhere" || observed.cluster?.state === "outdated";
  return known.filter(
    ({ job, state }) => job === undefined || state === "created" || (isElsewhere && state !== "running"),
  );
}

type Needing = { readonly images: readonly string[]; readonly component: string };

/** Every image before anything stops; an image is fetched once however many components need it. */
function fetchSteps(observed: ObservedState, needing: readonly Needing[]): readonly Step[] {
  const images = [...new Set(needing.flatMap((part) => part.images))].toSorted();
  return images
    .filter((image) => observed.images.get(image) === false)
    .map((image) => ({
      kind: "fetchImage",
      subject: image,
      component: needing.find((part) => part.images.includes(image))?.component ?? "",
      cause: "not there",
      arguments: { image },
    }));
}

/** One batch for all components. */
function commitStep(parts: readonly ContainerPart[]): readonly Step[] {
  const commit: FileCommit = {
    directories: once(parts.flatMap((part) => part.files.directories)),
    fresh: parts.flatMap((part) => part.files.fresh),
    replaced: parts.flatMap((part) => part.files.replaced),
    removed: [],
  };
  if (commit.directories.length + commit.fresh.length + commit.replaced.length === 0) return [];
  return [{ kind: "commitFiles", subject: "files", component: "", cause: "missing or different", arguments: commit }];
}

/** Each path once, as the first component in start order wants it. */
function once(directories: FileCommit["directories"]): FileCommit["directories"] {
  const byPath = new Map<string, FileCommit["directories"][number]>();
  for (const directory of directories) {
    const known = byPath.get(directory.path);
    const components = [...(known?.components ?? []), ...directory.components];
    byPath.set(directory.path, { ...(known ?? directory), components });
  }
  return [...byPath.values()];
}

function cleanupStep(removed: FileCommit["removed"]): readonly Step[] {
  if (removed.length === 0) return [];
  const commit: FileCommit = {
    directories: [],
    fresh: [],
    replaced: [],
    removed: removed.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
  return [{ kind: "commitFiles", subject: "files", component: "", cause: "no longer desired", arguments: commit }];
}

/** Containers in start order. A wait that nothing depends on moves behind all starts, with what may follow only it. */
function runSteps(containers: readonly DesiredContainer[], parts: readonly ContainerPart[]): readonly Step[] {
  const needed = new Set(containers.flatMap((container) => container.dependsOn));
  const now: Step[] = [];
  const later: Step[] = [];
  for (const part of parts) {
    now.push(...part.main);
    const end = [...(part.wait === undefined ? [] : [part.wait]), ...part.after];
    const mayWait = part.after.length === 0 && !needed.has(part.name);
    (mayWait ? later : now).push(...end);
  }
  return [...now, ...later];
}

/**
 * What only starts again what has worked before goes before the waits of others, unless it depends on one that this
 * plan changes too: a trial may last for minutes.
 */
function repairsFirst(context: Context, parts: readonly ContainerPart[]): readonly ContainerPart[] {
  const changing = new Set(parts.filter(hasSteps).map(({ name }) => name));
  const needs = new Map<string, boolean>();
  for (const { name, dependsOn } of context.desired.containers)
    needs.set(
      name,
      dependsOn.some((other) => changing.has(other) || needs.get(other) === true),
    );
  const isFirst = (part: ContainerPart): boolean => needs.get(part.name) !== true && isRepair(context, part);
  return [...parts.filter(isFirst), ...parts.filter((part) => !isFirst(part))];
}

/**
 * What starts again what has worked before, and needs neither an image nor a file for it, goes before everything that may take long: a
 * registry that does not answer holds up images for half an hour, and no start.
 */
function atOnce(
  context: Context,
  parts: readonly ContainerPart[],
): { readonly first: readonly Step[]; readonly rest: readonly ContainerPart[] } {
  const urgent = new Set<string>();
  const changing = new Set(parts.filter(hasSteps).map(({ name }) => name));
  const waited = new Set<string>();
  for (const [index, part] of parts.entries()) {
    const needed = (context.desired.containers[index]?.dependsOn ?? []).filter((name) => changing.has(name));
    if (!needed.every((name) => urgent.has(name)) || !isRepair(context, part) || !needsNothing(context, part)) continue;
    urgent.add(part.name);
    for (const name of needed) waited.add(name);
  }
  return {
    first: parts.flatMap(({ name, main, wait }) => {
      if (!urgent.has(name)) return [];
      return wait !== undefined && waited.has(name) ? [...main, wait] : main;
    }),
    rest: parts.map((part) => {
      if (!urgent.has(part.name)) return part;
      return { ...part, main: [], wait: waited.has(part.name) ? undefined : part.wait };
    }),
  };
}

function needsNothing({ observed }: Context, { early, checks, files, images }: ContainerPart): boolean {
  const isThere = images.every((image) => observed.images.get(image) === true);
  return early.length + checks.length === 0 && !hasFiles(files) && isThere;
}

function isRepair({ observed }: Context, { name, main, after }: ContainerPart): boolean {
  const worked = ownValue(observed.ledger.proven, name) !== undefined;
  return (
    after.length === 0 &&
    main.some(({ kind }) => kind === "startContainer") &&
    main.every(
      ({ kind }) => kind === "startContainer" || kind === "updateContainer" || (worked && kind === "createContainer"),
    )
  );
}

/** A container that would be made or started waits for what it depends on. */
function withDependencies(context: Context, parts: readonly ContainerPart[]): readonly ContainerPart[] {
  const byName = new Map<string, ContainerPart>();
  return context.desired.containers.map((container, index) => {
    const part = parts[index] ?? emptyPart(container);
    const missing = container.dependsOn.find((name) => !isReady(context, name, byName.get(name)));
    const waits = missing !== undefined && startsSomething(part);
    const result = waits
      ? {
          ...emptyPart(container),
          blocked: [
            ...part.blocked,
            blockedFor(container, "waiting", `${missing}, on which it depends, is not healthy`),
          ],
        }
      : part;
    byName.set(container.name, result);
    return result;
  });
}

/** Nothing is stopped for a container whose image may not be there. */
function withKnownImages({ observed }: Context, container: DesiredContainer, part: ContainerPart): ContainerPart {
  const unknown = part.images.flatMap((image) => {
    const found = observed.images.get(image);
    if (found === undefined || typeof found === "boolean") return [];
    return [blockedFor(container, "unknown", `the engine does not tell about image ${image}: ${found.unknown}`)];
  });
  return unknown.length === 0 ? part : { ...emptyPart(container), blocked: [...part.blocked, ...unknown] };
}

function startsSomething(part: ContainerPart): boolean {
  return startsContainer(part.main);
}

function isReady({ observed }: Context, name: string, part: ContainerPart | undefined): boolean {
  if (part?.wait !== undefined) return true;
  return observed.health.get(name) === true && part?.blocked.every((blocked) => blocked.code === "rejected") !== false;
}

function unmet({ unmet: waiting = [] }: DesiredState): Plan["blocked"] {
  return waiting.map((container) => blockedFor(container, "waiting", container.reason));
}

function unhealthy({ desired, observed }: Context, parts: readonly ContainerPart[]): Plan["blocked"] {
  return desired.containers
    .filter((container, index) => {
      const part = parts[index];
      return (
        part !== undefined &&
        !hasSteps(part) &&
        part.blocked.length === 0 &&
        observed.health.get(container.name) === false
      );
    })
    .map((container) => blockedFor(container, "unhealthy", illnessOf(observed, container.name)));
}

function warnings({ desired, observed }: Context, kept: readonly string[]): readonly string[] {
  const none = observed.containers.length + observed.unknownContainers.length === 0;
  return [
    ...(observed.ledger.known || none
      ? []
      : ["the ledger was lost: files outside /etc/kubernetes that are no longer desired stay where they are"]),
    ...takenOverFiles(observed, desired).map(
      (path) => `${path} is no longer desired, but somebody has changed it since it was written: it stays`,
    ),
    ...kept,
    ...(observed.firewall ?? []).map(findingText),
    ...observed.foreign
      .filter(({ labelsOf }) => labelsOf === "image")
      .map(({ name }) => `container ${name} has its labels from its image: it is not ours and is left alone`),
  ];
}
