// The planner's state when its file is lost: what the host configs that were given out still tell.
import { join } from "node:path";
import { deliveryOf, withoutMark } from "#shared/delivery/delivery-mark.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { recoverKubernetes } from "./recover-kubernetes.ts";
import { hostFileName } from "#planner/life/host-file.ts";
import { newBackups } from "#planner/cluster/etcd-backup.ts";
import { newCare } from "#planner/cluster/etcd-care.ts";
import { newMembership } from "#planner/cluster/etcd-members.ts";
import { hasOwner } from "#planner/draft/owners.ts";
import { newState } from "#planner/state/planner-state.ts";
import type { Effects } from "#planner/effects.ts";

const hashKeyBytes = 32;
const nobody = 65534;
/** Hosts that are asked besides those that know most. */
const fewOthers = 3;

/**
 * Keeps the digest key, without which every container with files would be replaced; the word that etcd is up, without
 * which a member that lost its disk might found a second cluster; and what Kubernetes' network and keys are.
 */
export async function recoverState(
  cluster: Pick<Cluster, "config" | "members" | "kubernetes">,
  out: string,
  { files, randomBytes }: Pick<Effects, "files" | "randomBytes">,
): Promise<PlannerState> {
  const { config, members, kubernetes } = cluster;
  let found: readonly HostConfig[] = [];
  const read = async (host: string): Promise<void> => {
    const file = await files.readFile(join(out, hostFileName(host)));
    if (file === undefined) return;
    const text = Buffer.from(file.bytes).toString("utf8");
    const isBroken = deliveryOf(text).by === "broken";
    // what is left of a torn or edited file is better than nothing, and worse than what any other file says
    const parsed = parseHostConfig(isBroken ? withoutMark(text) : text, host);
    if (!parsed.ok || parsed.value.cluster !== config.name) return;
    found = isBroken ? [...found, parsed.value] : [parsed.value, ...found];
  };
  const known = new Set([...Object.keys(members), ...(kubernetes?.controlPlane ?? [])]);
  const others = Object.keys(config.hosts).filter((host) => !known.has(host));
  for (const host of [...known, ...others.slice(0, fewOthers)]) await read(host);
  // one node knows of all others; who is new to it is asked
  const told = recoverKubernetes(found)?.podCidrs ?? {};
  const untold = others
    .slice(fewOthers)
    .filter((host) => kubernetes?.nodes.has(host) === true && told[host] === undefined);
  for (const host of untold) await read(host);
  const hashKey = found.map(({ secrets }) => secrets[hashKeyName]).find((key) => key !== undefined);
  const bootstrapped = found.some(({ etcd }) => etcd?.bootstrap === false);
  const recovered = recoverKubernetes(found);
  // what the config says itself needs no memory
  const isBackedUp = config.etcd?.backup === undefined && found.some(({ etcd }) => etcd?.backup !== undefined);
  const isCaredFor = config.etcd?.care === undefined && found.some(({ etcd }) => etcd?.care !== undefined);
  const isMembership =
    config.etcd?.membership === undefined && found.some(({ etcd }) => etcd?.membership !== undefined);
  return {
    ...newState(config.name, hashKey ?? Buffer.from(randomBytes(hashKeyBytes)).toString("base64"), bootstrapped),
    users: usersIn(found) ?? config.users.assign ?? "separate",
    ...(isBackedUp ? { backups: newBackups } : {}),
    ...(isCaredFor ? { care: newCare } : {}),
    ...(isMembership ? { membership: newMembership } : {}),
    ...(found.some(({ agent }) => agent.delivery !== undefined) ? { sealed: "on" } : {}),
    ...(recovered === undefined ? {} : { kubernetes: recovered }),
  };
}

/** Who runs what on these hosts; undefined without any. */
function usersIn(hosts: readonly HostConfig[]): PlannerState["users"] {
  if (hosts.length === 0) return undefined;
  return hosts.some((host) => hasOwner(host, nobody)) ? "nobody" : "separate";
}
