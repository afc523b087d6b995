// What no part of the desired state asks for any more: containers and their files, in the opposite order of the start.
import { isClaimClash } from "./claims.ts";
import { isRunning, stepFor } from "./context.ts";
import type { Context } from "./context.ts";
import type { ObservedContainer } from "./observed.ts";
import { staleFiles } from "./stale-files.ts";
import type { FileCommit, Step } from "./step.ts";

export type Removals = {
  /** Removals that free a name or a port for something that is made in this plan. */
  readonly first: readonly Step[];
  readonly last: readonly Step[];
  readonly files: FileCommit["removed"];
};

/** `makes`: names of containers that this plan creates. */
export function removals(context: Context, makes: readonly string[]): Removals {
  const { desired, observed } = context;
  const wanted = new Set([...desired.containers, ...(desired.unmet ?? [])].map((container) => container.name));
  const gone = observed.containers
    .filter((container) => !wanted.has(container.container))
    .toSorted((a, b) => compare(context, a, b));
  const first = gone.filter((container) => isInTheWay(context, container, makes));
  const components = new Set([
    ...gone.map((container) => container.component),
    ...Object.values(observed.ledger.files).map((entry) => entry.component),
  ]);
  for (const container of [...desired.containers, ...(desired.unmet ?? [])]) components.delete(container.component);
  return {
    first: first.flatMap((container) => removeSteps(context, container)),
    last: gone
      .filter((container) => !first.includes(container))
      .flatMap((container) => removeSteps(context, container)),
    files: [...components]
      .toSorted()
      .flatMap((component) => staleFiles(observed, { component }).map((path) => ({ path, component }))),
  };
}

function removeSteps(context: Context, container: ObservedContainer): readonly Step[] {
  const about = { component: container.component, name: container.name };
  const cause = "no longer desired";
  const known = context.fallback?.containers.find((before) => before.name === container.container);
  return [
    ...(isRunning(container)
      ? [
          stepFor("stopContainer", about, cause, {
            id: container.id,
            timeoutSeconds: known?.spec.stopTimeoutSeconds ?? 30,
          }),
        ]
      : []),
    stepFor("removeContainer", about, cause, { id: container.id }),
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
