// Typical work of the provider: it is called as Terraform calls it, for a config that is judged. No plan: what that calls hangs on keys.
import { starterConfig } from "#planner/cli/starter-config.ts";
import type { Values } from "#planner/terraform/testing/fake-core.ts";
import { startCaller, type Caller } from "#planner/terraform/testing/caller.ts";
import { clusterAttributes } from "#planner/terraform/resource/cluster-attributes.ts";

/** Throws with all that it has said when it answers otherwise than it should. */
export async function callProvider(command: readonly string[], folder: string): Promise<void> {
  const [file = "", ...args] = command;
  const caller = await startCaller({ command: [file, ...args], folder, isBare: true });
  try {
    await judgeConfig(caller);
    const code = await caller.end();
    if (code !== 0) throw new Error(`warm-up: the provider ended with ${code}\n${caller.said()}`);
  } finally {
    caller.child.kill("SIGKILL");
  }
}

/** What the provider says of the text of a cluster config, with no other attribute set. */
export async function judgeCluster({ call }: Pick<Caller, "call">, config: string): Promise<unknown> {
  const about = { type_name: "flexkube_cluster", config: newCluster(config) };
  return (await call("ValidateResourceConfig", about))["diagnostics"];
}

/** The attributes of a cluster of which nothing is given but its config. */
export function newCluster(config: string): Values {
  return { ...Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, null])), config };
}

async function judgeConfig(caller: Caller): Promise<void> {
  await caller.call("GetProviderSchema");
  const diagnostics = await judgeCluster(caller, starterConfig);
  const isError = Array.isArray(diagnostics) && diagnostics.some((each: { severity?: unknown }) => each.severity === 1);
  if (isError) throw new Error(`warm-up: the config is refused: ${JSON.stringify(diagnostics)}\n${caller.said()}`);
}
