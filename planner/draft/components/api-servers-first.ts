// Versions: on every host with something that calls the API servers, who must have a minor version before it.
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { Fragment } from "#planner/draft/fragment/fragment.ts";
import { plainFragment } from "#planner/draft/fragment/fragment.ts";

/** The section of this host, or undefined. It asks as the agent of its node, or where there is none as the applier. */
export function apiServersFirst({ config, kubernetes }: Cluster, host: string): Fragment | undefined {
  const hosts = [...(kubernetes?.controlPlane ?? [])].toSorted();
  const isNode = kubernetes?.nodes.has(host) === true;
  if (hosts.length === 0 || !(isNode || hosts.includes(host))) return undefined;
  const client = isNode ? "agent" : "applier";
  const servers = Object.fromEntries(
    hosts.map((name) => [name, { address: config.hosts[name]?.address, port: config.controlPlane?.port }]),
  );
  return plainFragment({
    apiServersFirst: { servers, certificate: `kubernetes/${client}.crt`, key: `kubernetes/${client}.key` },
  });
}
