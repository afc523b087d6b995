// How the agent runs and where it gets images.
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { Fragment } from "./fragment.ts";
import { plainFragment } from "./fragment.ts";

/** The agent's settings are the same on every host. */
export function agent({ config }: Cluster): Fragment {
  const { directory, registries } = config.images;
  return plainFragment({
    agent: { ...config.agent, ...(directory === undefined ? {} : { imageDirectory: directory }), registries },
  });
}
