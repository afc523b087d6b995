// Components that share their user with whatever else is nobody on a host.
import type { Finding } from "#shared/document/finding.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { whoseIs } from "./check-owners.ts";

/** Of a cluster that began with nobody, a warning unless it was told to stay so. */
export function checkUsers({ config, users }: Cluster): readonly Finding[] {
  if (users !== "nobody") return warnOfBlock(config.users.first);
  if (config.users.assign === "nobody") return [];
  const problem =
    "etcd, load balancers and the control plane run as nobody (65534): whatever else does so on their hosts reads their keys and data";
  const hint =
    "this cluster began so; users.assign: separate gives each a user of its own, to whom its data and keys follow, one host at a time; nobody takes note of it";
  return [{ path: ["name"], problem, hint }];
}

function warnOfBlock(first: number): readonly Finding[] {
  const whose = whoseIs(first);
  if (whose === undefined) return [];
  const problem = `${first} ${whose}: whoever is so too reads the keys and data of a component`;
  const hint = "take the line away, and users that nothing else on a host has are chosen";
  return [{ path: ["users", "first"], problem, hint }];
}
