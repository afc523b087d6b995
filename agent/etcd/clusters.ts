// Of which cluster each etcd member is, as a client sees it: one that has no leader says nothing.
import type { ApiServerStorage } from "#shared/state/api-server-storage-rule.ts";
import { clusterIdIn } from "./answer-fields.ts";
import { createEtcdGateway } from "./gateway.ts";
import type { EtcdCall } from "./gateway.ts";

/** A read that needs a quorum, of a key that nobody has. */
const read = { key: "AA==", limit: "1", count_only: true };

/** Client URL → cluster id, hexadecimal as etcd prints it. Rejects only with the signal's reason. */
export async function etcdClusters(
  { endpoints, tls }: Pick<ApiServerStorage, "endpoints" | "tls">,
  options: EtcdCall,
): Promise<ReadonlyMap<string, string>> {
  const told = endpoints.map(async (endpoint) => {
    try {
      const answer = await createEtcdGateway({ endpoints: [endpoint], tls }).call("kv/range", read, options);
      const id = clusterIdIn(answer);
      return id === undefined ? [] : [[endpoint, id] as const];
    } catch {
      options.signal?.throwIfAborted();
      return [];
    }
  });
  return new Map((await Promise.all(told)).flat());
}
