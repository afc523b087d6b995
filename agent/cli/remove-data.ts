// Removes data directories, the one thing that only an explicit word removes.
import { outputOf } from "#agent/engine/output-of.ts";
import { withConfigContainer } from "#agent/files/config-container.ts";
import type { Loaded } from "#agent/load-config.ts";
import type { Agent } from "#agent/tick.ts";
import { FlexkubeError } from "#shared/errors.ts";

/** Empties and removes each directory through a config container. Throws FILES_UNWRITABLE. */
export async function removeData(agent: Agent, { config }: Loaded, directories: readonly string[]): Promise<void> {
  if (directories.length === 0) return;
  const { engine } = agent;
  const options = {
    engine,
    selfImage: await agent.selfImage(),
    cluster: config.cluster,
    host: config.host,
    nonce: agent.nonce(),
    args: ["commit", ...directories.map((path) => `remove-data:${path}`)],
    readOnly: false,
  };
  await withConfigContainer(options, async (id) => {
    await engine.start(id);
    const exitCode = await engine.wait(id, { deadlineMs: 600_000 });
    if (exitCode !== 0)
      throw new FlexkubeError("FILES_UNWRITABLE", "data directories could not be removed", {
        path: directories.join(" "),
        reason: await outputOf(engine, id, 20),
      });
  });
}
