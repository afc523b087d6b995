// Components that share their user with whatever else is nobody on a host.
import type { Finding } from "#shared/schema/finding.ts";
import type { Cluster } from "../cluster.ts";
import type { Users } from "../users.ts";

/** Of a cluster that began with nobody, a warning unless it was told to stay so. */
export function checkUsers({ config, users }: Cluster): readonly Finding[] {
  if (users !== "nobody" || config.users.assign === "nobody") return [];
  const problem =
    "etcd, load balancers and the control plane run as nobody (65534): whatever else does so on their hosts reads their keys and data";
  const hint = "this cluster began so, and no agent moves it yet; users.assign: nobody takes note of it";
  return [{ path: ["name"], problem, hint }];
}

/** Data directories would stay with the old owner, so that neither etcd nor an audit log could be opened. */
export function checkUsersMove({ users }: Cluster, before: Users | undefined): readonly Finding[] {
  if (before === undefined || before === users) return [];
  const problem = `this cluster's components run as ${before === "nobody" ? "nobody" : "users of their own"}, and no agent moves their data directories yet`;
  return [{ path: ["users", "assign"], problem, hint: `leave it out, or say ${before}` }];
}
