// What etcd says of its members, asked as the operator does.
import assert from "node:assert/strict";
import { agentContainer } from "#lab/agent.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";

/** As etcd lists them, sorted: `h3.2`, and `h4 learns` while it does not vote. */
export async function listedMembers(cluster: Cluster): Promise<readonly string[]> {
  return (await cluster.etcdctl(undefined, "member", "list"))
    .trim()
    .split("\n")
    .map((line) => line.split(", "))
    .map(([, , name = "", , , isLearner]) => `${name}${isLearner === "true" ? " learns" : ""}`)
    .toSorted();
}

/** What an agent's status says of members that come and go. */
export async function membersInStatus(host: LabHost): Promise<string> {
  const { stdout } = await host.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"]);
  return `${host.name}: ${stdout.split("\n").find((line) => line.startsWith("etcd members")) ?? "says nothing of etcd"}`;
}

/** Resolves once etcd's list is what `isWanted` accepts. */
export async function membersReached(
  { lab, cluster, deadlineMs }: { readonly lab: Lab; readonly cluster: Cluster; readonly deadlineMs: number },
  what: string,
  isWanted: (found: readonly string[]) => boolean,
): Promise<void> {
  let found: readonly string[] = [];
  const isReached = async (): Promise<boolean> => isWanted((found = await listedMembers(cluster)));
  try {
    await eventually(isReached, { what: `etcd has the members ${what}`, deadlineMs, everyMs: 1000 });
  } catch (error) {
    // asked at the end alone: each is a program that starts
    const said = await Promise.all(lab.hosts.map(membersInStatus));
    throw new Error([`it has ${found.join(", ")}`, ...said].join("\n"), { cause: error });
  }
}

/** The same hash on all of these up to one revision, while others may write. */
export async function sameData(cluster: Cluster, hosts: readonly LabHost[]): Promise<void> {
  const answer = await cluster.etcdctl(hosts[0], "get", "none", "-w", "json");
  const revision = /"revision":([0-9]+)/.exec(answer)?.[1] ?? "";
  await eventually(
    async () => {
      const told = hosts.map(async (host) => cluster.etcdctl(host, "endpoint", "hashkv", `--rev=${revision}`));
      const hashes = (await Promise.all(told)).map((line) => line.trim().split(", ")[1]);
      assert.equal(new Set(hashes).size, 1, hashes.join());
      return true;
    },
    {
      what: `${hosts.map(({ name }) => name).join(", ")} have the same data at revision ${revision}`,
      deadlineMs: 20_000,
    },
  );
}
