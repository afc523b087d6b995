// What one container contributes to the plan, in the parts that the assembly puts in order.
import type { Blocked, FileCommit, Step } from "#shared/state/step.ts";

export type ContainerPart = {
  readonly component: string;
  readonly name: string;
  /** Renames and stops that must come before files change. */
  readonly early: readonly Step[];
  /** Images that must be there before anything of this container stops. */
  readonly images: readonly string[];
  readonly checks: readonly Step[];
  /** Its share of the one file commit before containers change. */
  readonly files: Omit<FileCommit, "removed">;
  readonly main: readonly Step[];
  /** The last wait, which may move behind the starts of containers that do not depend on this one. */
  readonly wait?: Step | undefined;
  /** What may happen only after the wait. */
  readonly after: readonly Step[];
  /** Sealed directories and files in its own directory that go at the end. */
  readonly cleanup: readonly string[];
  readonly blocked: readonly Blocked[];
  /** Nobody stands in for what it stops: all of its kind stop, for a cluster that begins anew. So it waits for no lock and no peer. */
  readonly isAlone?: true | undefined;
};

export const noFiles: Omit<FileCommit, "removed"> = { directories: [], fresh: [], replaced: [] };

/** A plan that does nothing, to be spread over. */
export function emptyPart(about: { readonly component: string; readonly name: string }): ContainerPart {
  return {
    component: about.component,
    name: about.name,
    early: [],
    images: [],
    checks: [],
    files: noFiles,
    main: [],
    after: [],
    cleanup: [],
    blocked: [],
  };
}

/** True when it would change something on the host. */
export function hasSteps(plan: ContainerPart): boolean {
  return (
    plan.early.length + plan.checks.length + plan.main.length + plan.after.length + plan.cleanup.length > 0 ||
    plan.wait !== undefined ||
    hasFiles(plan.files)
  );
}

export function hasFiles(files: Omit<FileCommit, "removed">): boolean {
  return files.directories.length + files.fresh.length + files.replaced.length > 0;
}
