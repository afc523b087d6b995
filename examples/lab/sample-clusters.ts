// Looks ten times a second which cluster each etcd member is of, and whether it has a leader there: two clusters that both have one at
// the same time show.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { Lab } from "./lab.ts";

/** An answer that needs a quorum. */
export type ClusterSample = {
  readonly target: string;
  /** Hexadecimal. */
  readonly cluster: string;
  /** Milliseconds on one line of time. */
  readonly begun: number;
  readonly ended: number;
};

const program = fileURLToPath(new URL("sample-clusters-program.ts", import.meta.url));

/** `pki`: the operator's directory, with the certificates of the first host's member. */
export async function sampleClusters(
  lab: Lab,
  pki: string,
): Promise<{ readonly stop: () => Promise<readonly ClusterSample[]> }> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-sampler-"));
  const stopFile = join(directory, "stop");
  const first = lab.hosts[0]?.name ?? "";
  const tls = ["ca.crt", `${first}-server.crt`, `${first}-server.key`].map((name) => join(pki, "etcd", name));
  const targets = lab.hosts.map(({ ip }) => `https://${ip}:2379`);
  const running = lab.net(execPath, program, stopFile, ...tls, ...targets);
  return {
    stop: async () => {
      await writeFile(stopFile, "");
      const lines = (await running).split("\n").filter((line) => line !== "");
      await rm(directory, { recursive: true });
      // written by the program beside
      return lines.map((line) => JSON.parse(line) as ClusterSample);
    },
  };
}

/** Clusters in the order in which each first had a leader. */
export function clustersSeen(samples: readonly ClusterSample[]): readonly string[] {
  return [...new Set(samples.toSorted((a, b) => a.ended - b.ended).map(({ cluster }) => cluster))];
}

/** Answers of a cluster that were asked for after a later one had given its first. */
export function secondLeaders(samples: readonly ClusterSample[]): readonly ClusterSample[] {
  const order = clustersSeen(samples);
  return samples.filter(({ cluster, begun }) =>
    samples.some((other) => order.indexOf(other.cluster) > order.indexOf(cluster) && other.ended < begun),
  );
}
