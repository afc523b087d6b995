// Gives directories of the host to another user: one config container, one run of the commit command.
import type { Clock } from "#shared/clock.ts";
import type { GivenDirectory } from "#shared/state/step.ts";
import { ownArgument } from "./commit-arguments.ts";
import { runCommitContainer } from "./commit-files.ts";
import { withConfigContainer, type ConfigContainerOptions } from "./config-container.ts";

/** Limit of the whole run: 100,000 files took 6 s. What is not done by then is given by the next one. */
const giveDeadlineMs = 240_000;

/** Killed anywhere, the same can be given again. Throws FILES_UNWRITABLE, ENGINE_*. */
export async function giveDirectories(
  directories: readonly GivenDirectory[],
  options: ConfigContainerOptions & { readonly clock: Clock },
): Promise<void> {
  const args = ["commit", ...directories.map(ownArgument)];
  await withConfigContainer({ ...options, args, readOnly: false, isGiving: true }, async (id) =>
    runCommitContainer(id, { engine: options.engine, deadlineMs: giveDeadlineMs }),
  );
}
