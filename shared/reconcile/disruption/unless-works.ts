// A stop without the lock is for what does not work. It may work by the time of the stop: engines start again what ran before a
// power cut, and other hosts that see it answer stop theirs.
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { DesiredContainer, DesiredProbe, DesiredState } from "#shared/state/desired.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Step } from "#shared/state/step.ts";

/** Each stop of what did not work says how that is seen. */
export function guardedPart(context: Context, container: DesiredContainer, part: ContainerPart): ContainerPart {
  const guarded = (steps: readonly Step[]): readonly Step[] =>
    steps.map((step) => guardedStop(context, container, step));
  return { ...part, early: guarded(part.early), main: guarded(part.main) };
}

/** For any other step, and for what works, the step itself. */
export function guardedStop({ observed, fallback }: Context, container: DesiredContainer, step: Step): Step {
  if (step.kind !== "stopContainer" || observed.working.has(step.arguments.id)) return step;
  const stopped = observed.containers.find(({ id }) => id === step.arguments.id);
  if (stopped === undefined) return step;
  return { ...step, arguments: { ...step.arguments, unlessWorks: probesOf(stopped, container, fallback) } };
}

/** Probes by which a container is seen to work. When nobody knows what it was made from, either may be its own. */
export function probesOf(
  { specHash }: Pick<ObservedContainer, "specHash">,
  wanted: DesiredContainer,
  fallback: DesiredState | undefined,
): readonly DesiredProbe[] {
  if (specHash === wanted.specHash) return [wanted.probe];
  const before = fallback?.containers.find(({ name }) => name === wanted.name);
  if (before === undefined) return [wanted.probe];
  return before.specHash === specHash ? [before.probe] : [before.probe, wanted.probe];
}
