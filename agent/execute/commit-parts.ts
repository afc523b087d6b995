// A commit that failed is made again for each component alone, so that one path that cannot be written stops only whom
// it belongs to.
import { reasonOf } from "#shared/reason-of.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Step, StepOf } from "#shared/state/step.ts";
import { writtenPaths } from "#shared/reconcile/files/unheld.ts";
import type { Effects } from "#agent/effects/effects.ts";

export type Outcome = { readonly step: Step; readonly error: Error | undefined };

/** So many parts may run into their limit before the rest is left to the next tick. */
const mostTimeouts = 2;

/** The commit without what belongs to other components; a directory that several need is in the part of each. */
export function partsOf(step: StepOf<"commitFiles">): readonly StepOf<"commitFiles">[] {
  const { directories, fresh, replaced, removed } = step.arguments;
  const components = new Set([
    ...directories.flatMap((directory) => directory.components),
    ...[...fresh, ...replaced, ...removed].map(({ component }) => component),
  ]);
  return [...components].toSorted().map((component) => {
    const own = <Item extends { readonly component: string }>(items: readonly Item[]): readonly Item[] =>
      items.filter((item) => item.component === component);
    return {
      ...step,
      component,
      arguments: {
        directories: directories
          .filter((directory) => directory.components.includes(component))
          .map((directory) => ({ ...directory, components: [component] })),
        fresh: own(fresh),
        replaced: own(replaced),
        removed: own(removed),
      },
    };
  });
}

/**
 * What became of the step, which has failed with `error`: of its parts where it serves several components. Where the
 * engine itself is silent no part is tried in vain more than twice.
 */
export async function eachAlone(
  { step, error }: { readonly step: Step; readonly error: Error },
  { tree, signal }: Pick<Effects, "tree" | "signal">,
  run: (part: Step) => Promise<Error | undefined>,
): Promise<readonly Outcome[]> {
  const parts = step.kind === "commitFiles" ? partsOf(step) : [];
  if (parts.length < 2 || !isFlexkubeError(error)) return [{ step, error }];
  const outcomes: Outcome[] = [];
  let last: Error | undefined = error;
  let timeouts = 0;
  for (const part of parts) {
    const isOver = signal.aborted || (isFlexkubeError(last, "ENGINE_UNREACHABLE") && outcomes.length > 0);
    if (isOver || timeouts >= mostTimeouts) {
      outcomes.push({ step: part, error: last ?? error });
      continue;
    }
    last = (await silentPath(part, error, { tree, signal })) ?? (await run(part));
    if (isFlexkubeError(last, "ENGINE_TIMEOUT")) timeouts += 1;
    outcomes.push({ step: part, error: last });
  }
  return outcomes;
}

/** After a write that did not end: a file system that does not answer a look either is not written to once more. */
async function silentPath(
  part: StepOf<"commitFiles">,
  error: Error,
  { tree, signal }: Pick<Effects, "tree" | "signal">,
): Promise<Error | undefined> {
  if (!tree.free || !isFlexkubeError(error, "ENGINE_TIMEOUT")) return undefined;
  const paths = await tree.observe(writtenPaths(part.arguments), { signal });
  for (const [path, found] of paths)
    if (found.type === "unknown")
      return new FlexkubeError(
        "FILES_UNWRITABLE",
        "files were not written, since the path cannot even be looked at",
        { path, reason: `${found.reason} (${reasonOf(error)})` },
        { cause: error },
      );
  return undefined;
}
