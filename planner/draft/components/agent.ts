// How the agent runs and where it gets images.
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { plainFragment } from "#planner/draft/fragment/fragment.ts";

/** The agent's settings are the same on every host. */
export function agent({ config }: Cluster): Fragment {
  const { directory, registries } = config.images;
  return plainFragment({
    agent: { ...config.agent, ...(directory === undefined ? {} : { imageDirectory: directory }), registries },
  });
}
