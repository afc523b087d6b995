// Typical work of the provider: it is called as Terraform calls it, for a config that is judged. No plan: what that calls hangs on keys.
import { starterConfig } from "#planner/cli/starter-config.ts";
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

async function judgeConfig({ call, said }: Caller): Promise<void> {
  const nothing = Object.fromEntries(Object.keys(clusterAttributes).map((name) => [name, null]));
  const config = { ...nothing, config: starterConfig };
  await call("GetProviderSchema");
  const { diagnostics } = await call("ValidateResourceConfig", { type_name: "flexkube_cluster", config });
  const isError = Array.isArray(diagnostics) && diagnostics.some((each: { severity?: unknown }) => each.severity === 1);
  if (isError) throw new Error(`warm-up: the config is refused: ${JSON.stringify(diagnostics)}\n${said()}`);
}
