// What no part of the desired state asks for any more: containers and their files, in the opposite order of the start.
import { isClaimClash } from "#shared/state/claims.ts";
import { isRunning, stepFor } from "./parts/context.ts";
import type { Context } from "./parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { isLockBound, isShared, stopBlocked } from "./disruption/disruption-gate.ts";
import { goneBound } from "./disruption/disruption-question.ts";
import { guardedStop } from "./disruption/unless-works.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import { staleFiles, unknownFiles } from "./files/stale-files.ts";
import type { Blocked, FileCommit, Step } from "#shared/state/step.ts";

export type Removals = {
  /** Removals that free a name or a port for something that is made in this plan. */
  readonly first: readonly Step[];
  readonly last: readonly Step[];
  readonly files: FileCommit["removed"];
  /** What may not be removed yet. */
  readonly blocked: readonly Blocked[];
  /** What stays since nobody could look at it. */
  readonly warnings: readonly string[];
};

/** `makes`: names of containers that this plan creates. */
export function removals(context: Context, makes: readonly string[]): Removals {
  const { desired, observed } = context;
  const wanted = new Set([...desired.containers, ...(desired.unmet ?? [])].map((container) => container.name));
  const gone = observed.containers
    .filter((container) => !wanted.has(container.container))
    .toSorted((a, b) => compare(context, a, b));
  const waiting = new Map(gone.map((container) => [container.id, waitsWith(context, container)]));
  const free = gone.filter((container) => waiting.get(container.id) === undefined);
  const first = free.filter((container) => isInTheWay(context, container, makes));
  const components = new Set([
    ...gone.map((container) => container.component),
    ...observed.unknownContainers.map((container) => container.component),
    ...Object.values(observed.ledger.files).map((entry) => entry.component),
  ]);
  for (const container of [...desired.containers, ...(desired.unmet ?? [])]) components.delete(container.component);
  const unknown = observed.unknownContainers.filter((container) => !wanted.has(container.container));
  const stays = [...gone.filter((container) => !free.includes(container)), ...unknown];
  const settled = [...components]
    .toSorted()
    .filter((component) => !stays.some((container) => container.component === component));
  return {
    first: first.flatMap((container) => removeSteps(context, container)),
    last: free
      .filter((container) => !first.includes(container))
      .flatMap((container) => removeSteps(context, container)),
    files: settled.flatMap((component) => staleFiles(observed, { component }).map((path) => ({ path, component }))),
    blocked: [...waiting.values()].filter((blocked) => blocked !== undefined),
    warnings: [
      ...unknown.map(({ name, reason }) => `container ${name} is no longer desired and stays: ${reason}`),
      ...settled.flatMap((component) =>
        unknownFiles(observed, component).map(
          ({ path, reason }) => `${path} is no longer desired and stays, since it cannot be looked at: ${reason}`,
        ),
      ),
    ],
  };
}

/** What the config before knew of a container that others may need. */
function neededBefore(context: Context, container: ObservedContainer): DesiredContainer | undefined {
  if (!context.observed.working.has(container.id)) return undefined;
  return goneBound(context).find(({ name }) => name === container.container);
}

function waitsWith(context: Context, container: ObservedContainer): Blocked | undefined {
  const known = neededBefore(context, container);
  return known === undefined ? undefined : stopBlocked(context, known);
}

function removeSteps(context: Context, container: ObservedContainer): readonly Step[] {
  const about = { component: container.component, name: container.name };
  const cause = "no longer desired";
  const known = context.fallback?.containers.find((before) => before.name === container.container);
  const needed = neededBefore(context, container);
  const bound = needed !== undefined && isLockBound(context, needed) ? needed : undefined;
  const locked = bound === undefined ? {} : { locked: true };
  const timeoutSeconds = known?.spec.stopTimeoutSeconds ?? 30;
  const stop = stepFor("stopContainer", about, cause, { id: container.id, timeoutSeconds, ...locked });
  return [
    ...(bound === undefined
      ? []
      : [stepFor("takeDisruption", about, cause, { host: context.desired.host, container: bound, required: true })]),
    ...(isRunning(container)
      ? [known !== undefined && isShared(known) ? guardedStop(context, known, stop) : stop]
      : []),
    stepFor("removeContainer", about, cause, { id: container.id }),
    ...(bound === undefined ? [] : [stepFor("freeDisruption", about, cause, {})]),
  ];
}

/** Without a memory of what it claimed it is in the way of whatever is made. */
function isInTheWay({ desired, fallback }: Context, container: ObservedContainer, makes: readonly string[]): boolean {
  if (makes.length === 0) return false;
  if (makes.includes(container.name)) return true;
  const known = fallback?.containers.find((before) => before.name === container.container);
  if (known === undefined) return true;
  const claims = desired.containers.filter((made) => makes.includes(made.name)).flatMap((made) => made.claims);
  return known.claims.some((claim) => claims.some((other) => isClaimClash(claim, other)));
}

function compare({ fallback }: Context, a: ObservedContainer, b: ObservedContainer): number {
  const place = (container: ObservedContainer): number =>
    fallback?.containers.findIndex((before) => before.name === container.container) ?? -1;
  return place(b) - place(a) || (a.name < b.name ? 1 : -1);
}
