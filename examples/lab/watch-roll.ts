// What others feel while a control plane is changed: which etcd members and API servers answer, and whether a client can write.
import { join } from "node:path";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";
import { sampleApiServers, samplePort } from "./sample-answers.ts";

export type Watched = {
  /** Writes that were tried. */
  readonly written: number;
  /** Errors of those that failed twice in a row. */
  readonly failed: readonly string[];
  /** Of etcd's members and of API servers: a digit a host, as samplePort gives them. */
  readonly samples: readonly (readonly string[])[];
  /** The same, each kind of sample once, sorted. */
  readonly seen: readonly (readonly string[])[];
};

/** A file with the authority that the API servers' certificates are from. */
export function authorityOf({ directory }: KubernetesCluster): string {
  return join(directory, "pki", "kubernetes", "ca.crt");
}

/** Runs `act` while a client writes through the load balancer of the second host, each write with one retry. */
export async function watchRoll(cluster: KubernetesCluster, act: () => Promise<void>): Promise<Watched> {
  const [, client] = cluster.lab.hosts;
  if (client === undefined) throw new Error("the lab has no second host");
  const name = `written-${Date.now()}`;
  await cluster.kubectl("create", "configmap", name);
  const samplers = [await samplePort(cluster.lab, 2379), await sampleApiServers(cluster.lab, authorityOf(cluster))];
  const stopping = new AbortController();
  const failed: string[] = [];
  let written = 0;
  const put = async (): Promise<string> => {
    const patch = JSON.stringify({ data: { count: String(written) } });
    return cluster.kubectlOn(client, "patch", "configmap", name, "--type=merge", "-p", patch);
  };
  const writing = (async () => {
    for (; !stopping.signal.aborted; written++)
      await put()
        .catch(put)
        .catch((error: unknown) => failed.push(String(error)));
  })();
  const samples: (readonly string[])[] = [];
  try {
    await act();
  } finally {
    stopping.abort();
    await writing;
    for (const sampler of samplers) samples.push(await sampler.stop());
  }
  return { written, failed, samples, seen: samples.map((list) => [...new Set(list)].toSorted()) };
}
