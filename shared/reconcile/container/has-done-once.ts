// When a container that runs to its end has done its work. Told from what is observed, so that nothing must be remembered.
import type { DesiredContainer, OnceRule } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedPath, ObservedState } from "#shared/state/observed.ts";

/** The first path that the container should have made and that is not there; a link that leads nowhere is not. */
export function missingProduct(rule: OnceRule, paths: ReadonlyMap<string, ObservedPath>): string | undefined {
  return rule.produces.find((path) => {
    const type = paths.get(path)?.type;
    return type !== "file" && type !== "directory";
  });
}

/** True when the container with the wanted specification ended with 0 and all that it makes is there. */
export function isDone(
  desired: Pick<DesiredContainer, "once" | "specHash">,
  current: ObservedContainer | undefined,
  { paths }: Pick<ObservedState, "paths">,
): boolean {
  if (desired.once === undefined || current === undefined || current.specHash !== desired.specHash) return false;
  return hasSucceeded(current) && missingProduct(desired.once, paths) === undefined;
}

/** Ended by itself with exit code 0. */
export function hasSucceeded(container: { readonly state: string; readonly exitCode?: number | undefined }): boolean {
  return container.state === "exited" && container.exitCode === 0;
}
