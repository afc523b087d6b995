// A machine's agent asked by the engine's own command, as a person on the machine would.
import { agentContainer } from "./agent.ts";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";

/** Resolves when all is healthy, as the agent itself says by `client` on the host; else throws with what it said last and the journal. */
export async function untilHealthy(host: LabHost, client: "docker" | "podman"): Promise<void> {
  const status = ["exec", agentContainer, "/flexkube-agent", "status", "--wait", "20s"];
  let told = "";
  await eventually(
    async () => {
      const { exitCode, stdout, stderr } = await host.attempt([client, ...status]);
      told = stdout + stderr;
      return exitCode === 0;
    },
    { what: "all is healthy", deadlineMs: 900_000, everyMs: 5000 },
  ).catch(async (error: unknown) => {
    throw new Error(`${told}\n${await host.exec("journalctl", "--no-pager", "-n", "80")}`, { cause: error });
  });
}
