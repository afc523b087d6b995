// Removes data directories, the one thing that only an explicit word removes, and directories that are left empty.
import { runHelper } from "#agent/engine/helper.ts";
import { withConfigContainer } from "#agent/files/config-container.ts";
import type { Loaded } from "#agent/tick/load-config.ts";
import type { Agent } from "#agent/tick/tick.ts";
import { FlexkubeError } from "#shared/errors.ts";

export type Removal = {
  /** Emptied and removed. */
  readonly data: readonly string[];
  /** Removed when they are empty. */
  readonly directories: readonly string[];
};

/** Through a config container. Throws FILES_UNWRITABLE. */
export async function removeData(agent: Agent, { config }: Loaded, { data, directories }: Removal): Promise<void> {
  const removals = [
    ...data.map((path) => `remove-data:${path}`),
    // what lies deeper first
    ...directories
      .toSorted()
      .toReversed()
      .map((path) => `remove-directory:${path}`),
  ];
  if (removals.length === 0) return;
  const { engine } = agent;
  const options = {
    engine,
    selfImage: await agent.selfImage(),
    cluster: config.cluster,
    host: config.host,
    nonce: agent.nonce(),
    args: ["commit", ...removals],
    readOnly: false,
  };
  await withConfigContainer(options, async (id) => {
    const failure = await runHelper(engine, id, { deadlineMs: 600_000 });
    if (failure !== undefined)
      throw new FlexkubeError("FILES_UNWRITABLE", "directories could not be removed", {
        path: [...data, ...directories].join(" "),
        reason: failure.reason,
      });
  });
}
