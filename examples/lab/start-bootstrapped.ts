// A cluster from nothing to the point where its bootstrap has been said.
import type { Cluster } from "./cluster.ts";
import type { LabHost } from "./host.ts";

/** Resolves once the agents of these hosts have settled with `split --bootstrapped`. */
export async function startBootstrapped(
  cluster: Cluster,
  hosts: readonly LabHost[],
  deadlineMs: number,
): Promise<void> {
  await cluster.planner("split");
  await cluster.startAgents(...hosts);
  await cluster.settled(hosts, deadlineMs);
  await cluster.planner("split", "--bootstrapped");
  await cluster.deliver(...hosts);
  await cluster.settled(hosts, deadlineMs);
}
