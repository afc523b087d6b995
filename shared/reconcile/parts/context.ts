// What every part of reconcile looks at. Read only.
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import type { Blocked, BlockedCode, Step, StepArguments, StepKind } from "#shared/state/step.ts";

export type Context = {
  readonly desired: DesiredState;
  /** What the last good host config asked for; where a failed container goes back to. */
  readonly fallback?: DesiredState | undefined;
  readonly observed: ObservedState;
};

/** Docker's name of the container that stands by while its successor is on trial. */
export function oldName(name: string): string {
  return `${name}.old`;
}

export function isRunning(container: ObservedContainer | undefined): boolean {
  return (
    container !== undefined &&
    (container.state === "running" || container.state === "restarting" || container.state === "paused")
  );
}

/** A step for a container of the desired state. */
export function stepFor<Kind extends StepKind>(
  kind: Kind,
  about: Pick<DesiredContainer, "component" | "name">,
  cause: string,
  args: StepArguments[Kind],
): Step {
  // kind and arguments belong together by the signature; TypeScript does not distribute a generic over the union
  return { kind, subject: about.name, component: about.component, cause, arguments: args } as Step;
}

export function blockedFor(
  about: Pick<DesiredContainer, "component" | "name">,
  code: BlockedCode,
  reason: string,
): Blocked {
  return { component: about.component, container: about.name, code, reason };
}
