// Users of components that change by hand, by `uid`, `gid` or `users.first`: data and keys would stay the old one's.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding, Path } from "#shared/schema/finding.ts";
import type { Owners } from "../owners.ts";

type Moved = { readonly finding: Finding; readonly hosts: string[] };
type Layers = { readonly uid?: unknown; readonly gid?: unknown };

const names: Readonly<Record<string, string>> = {
  etcd: "etcd",
  kubeApiserver: "apiserver",
  kubeControllerManager: "controllerManager",
  kubeScheduler: "scheduler",
};

/** One finding for each component and change, with its hosts. `before`: as the last split left them. */
export function checkOwners(config: ClusterConfig, before: Owners, now: Owners): readonly Finding[] {
  const moved = new Map<string, Moved>();
  for (const [host, owners] of Object.entries(now))
    for (const [section, owner] of Object.entries(owners)) {
      const was = Object.hasOwn(before, host) ? before[host]?.[section] : undefined;
      if (was === undefined || was === owner) continue;
      const path = placeOf(config, section, host);
      const key = JSON.stringify([path, section, was, owner]);
      const entry = moved.get(key) ?? { finding: findingOf({ path, section, was, owner }), hosts: [] };
      entry.hosts.push(host);
      moved.set(key, entry);
    }
  return [...moved.values()].map(({ finding, hosts }) => ({
    ...finding,
    problem: `${finding.problem} (${hosts.join(", ")})`,
  }));
}

type Change = { readonly path: Path; readonly section: string; readonly was: string; readonly owner: string };

function findingOf({ path, section, was, owner }: Change): Finding {
  const name = names[section] ?? section;
  const [uid = "", gid = ""] = was.split(":");
  return {
    path,
    problem: `${name} was split to run as ${was}, to whom its directories and keys on the host belong; no agent gives them to ${owner} yet`,
    hint: `keep it by uid: ${uid} and gid: ${gid}; to change it, host by host: take ${name} off the host, end its data there, split, deliver, and bring it back. Where it has never run: split --force-users`,
  };
}

/** Where the config says the user, the nearest word first. */
function placeOf({ etcd, controlPlane }: ClusterConfig, section: string, host: string): Path {
  const saysIt = (layers: Layers | undefined): boolean => layers?.uid !== undefined || layers?.gid !== undefined;
  if (section === "etcd") {
    if (saysIt(etcd?.overrides[host])) return ["etcd", "overrides", host];
    return saysIt(etcd) ? ["etcd"] : ["users", "first"];
  }
  const part = names[section] as "apiserver" | "controllerManager" | "scheduler";
  if (saysIt(controlPlane?.overrides[host]?.[part])) return ["controlPlane", "overrides", host, part];
  return saysIt(controlPlane?.[part]) ? ["controlPlane", part] : ["users", "first"];
}
