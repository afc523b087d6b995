// Replacing a container and bringing the old one back. Each function returns the steps that are still to be done,
// told only from what is there, so that both survive being cut at any point.
import { isRunning, oldName, stepFor } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { giveSteps } from "./given-directories.ts";
import type { Start } from "#shared/reconcile/etcd/etcd-gate.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { FileCommit, GivenDirectory, Step } from "#shared/state/step.ts";

export type ReplaceOptions = {
  readonly desired: DesiredContainer;
  readonly slot: Slot;
  readonly start: Start;
  readonly cause: string;
  /** Live files that belong to the new container and come into force between stop and start. */
  readonly live: FileCommit["replaced"];
  /** Directories that get the new container's user, also between stop and start. */
  readonly given?: readonly GivenDirectory[] | undefined;
};

/** Rename aside, create, stop, commit, start; the wait and the removal of the old one come after. */
export function replaceSteps(options: ReplaceOptions): readonly Step[] {
  const { desired, slot, cause, given = [] } = options;
  if (slot.current?.specHash === desired.specHash) return swapSteps(options, slot.current, slot.old);
  const standBy = slot.old ?? slot.current;
  if (standBy === undefined) return [...createSteps(options), ...giveSteps(desired, given), startStep(options)];
  if (slot.old !== undefined)
    return [
      ...discardSteps(desired, slot.current, "a container on trial is in the way of a newer one"),
      ...noRestart(options, standBy),
      ...createSteps(options),
      ...swapSteps(options, undefined, standBy, true),
    ];
  const stopped = outOfLoop(desired, slot, standBy);
  return [
    ...stopped,
    stepFor("renameContainer", desired, cause, { id: standBy.id, from: standBy.name, to: oldName(desired.name) }),
    ...noRestart(options, standBy),
    ...createSteps(options),
    ...swapSteps(options, undefined, standBy, true).filter(
      (step) => stopped.length === 0 || step.kind !== "stopContainer",
    ),
  ];
}

/** What crashes in a loop is stopped before anything else is done with it: between two restarts engines find half of it. */
export function outOfLoop(desired: DesiredContainer, { looping }: Slot, container: ObservedContainer): readonly Step[] {
  return looping?.has(container.id) === true ? [stopStep(desired, container, "it crashes in a loop")] : [];
}

function swapSteps(
  options: ReplaceOptions,
  fresh: ObservedContainer | undefined,
  old: ObservedContainer | undefined,
  policyDone = false,
): readonly Step[] {
  const { desired, cause, live, given = [] } = options;
  return [
    ...(policyDone ? [] : noRestart(options, old)),
    // also what is said to be down: the stop is what makes sure that never two run
    ...(old !== undefined && (isRunning(old) || !isRunning(fresh)) ? [stopStep(desired, old, cause)] : []),
    ...giveSteps(desired, given),
    ...liveCommit(desired, live, cause),
    ...(isRunning(fresh) ? [] : [startStep(options, fresh?.id)]),
  ];
}

/** The old container would otherwise come back beside its successor when the host restarts. */
function noRestart({ desired, cause }: ReplaceOptions, old: ObservedContainer | undefined): readonly Step[] {
  if (old === undefined || old.restart === "no") return [];
  return [stepFor("updateContainer", desired, cause, { id: old.id, restart: "no" })];
}

/** Creates the container under its own name. */
export function createSteps({ desired, start, cause }: ReplaceOptions): readonly Step[] {
  return [
    stepFor("createContainer", desired, cause, {
      spec: desired.spec,
      specHash: desired.specHash,
      restart: desired.restart,
      resources: desired.resources,
      facts: desired.facts,
      ...start,
    }),
  ];
}

export function startStep({ desired, cause }: Pick<ReplaceOptions, "desired" | "cause">, id?: string): Step {
  return stepFor("startContainer", desired, cause, { id, once: desired.once });
}

export function stopStep(desired: DesiredContainer, container: ObservedContainer, cause: string): Step {
  return stepFor("stopContainer", desired, cause, {
    id: container.id,
    timeoutSeconds: desired.spec.stopTimeoutSeconds,
  });
}

/** Stop, then remove: a container of ours that has no place any more. */
export function discardSteps(
  desired: DesiredContainer,
  container: ObservedContainer | undefined,
  cause: string,
  which: { readonly old?: true } = {},
): readonly Step[] {
  if (container === undefined) return [];
  return [
    ...(isRunning(container) ? [stopStep(desired, container, cause)] : []),
    stepFor("removeContainer", desired, cause, { id: container.id, ...which }),
  ];
}

export function liveCommit(desired: DesiredContainer, live: FileCommit["replaced"], cause: string): readonly Step[] {
  if (live.length === 0) return [];
  return [
    {
      ...stepFor("commitFiles", desired, cause, { directories: [], fresh: [], replaced: live, removed: [] }),
      subject: "files",
    },
  ];
}

/** The failed container goes, its live files go back, the old one gets its name, its policy and its start. */
export function returnSteps(options: Omit<ReplaceOptions, "start">): readonly Step[] {
  const { desired, slot, cause, live, given = [] } = options;
  const { old } = slot;
  if (old === undefined) return [];
  const stopped = outOfLoop(desired, slot, old);
  return [
    ...stopped,
    ...(slot.current !== undefined && isRunning(slot.current) ? [stopStep(desired, slot.current, cause)] : []),
    ...giveSteps(desired, given, cause),
    ...liveCommit(desired, live, cause),
    ...(slot.current === undefined ? [] : [stepFor("removeContainer", desired, cause, { id: slot.current.id })]),
    stepFor("renameContainer", desired, cause, { id: old.id, from: old.name, to: desired.name }),
    ...(old.restart === desired.restart
      ? []
      : [stepFor("updateContainer", desired, cause, { id: old.id, restart: desired.restart })]),
    ...(isRunning(old) && stopped.length === 0 ? [] : [startStep(options, old.id)]),
  ];
}
