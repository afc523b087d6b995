// What the planner remembers of etcd's members after a split.
import type { EtcdState } from "#shared/schema/planner-state.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Cluster } from "./cluster.ts";
import { etcdMember } from "./etcd-member.ts";
import { etcdDefaults } from "./defaults.ts";
import { tokenOf } from "./etcd-restore.ts";
import { versionText } from "./versions/etcd-version.ts";

export type FormerPlace = NonNullable<EtcdState["former"]>[number];

/**
 * The state that a split of this cluster leaves behind; undefined when it has no member. A version that an image does not tell stays
 * that of `before`.
 */
export function etcdStateAfter(cluster: Cluster, before?: EtcdState): EtcdState | undefined {
  const { bootstrapped, config, members, membership, restore } = cluster;
  const names = Object.keys(members);
  if (names.length === 0) return undefined;
  const found = names.map((name) => {
    const { address, peerPort, clientPort, version, fields } = etcdMember(config, name);
    const directory = fields["dataDirectory"];
    const dataDirectory = typeof directory === "string" ? directory : etcdDefaults.dataDirectory;
    const said = version === undefined ? ownValue(before?.members ?? {}, name)?.version : versionText(version);
    const known = said === undefined ? {} : { version: said };
    const incarnation = members[name]?.incarnation;
    const anew = incarnation === undefined ? {} : { incarnation };
    return [name, { address, peerPort, clientPort, dataDirectory, ...known, ...anew }] as const;
  });
  const after = { token: tokenOf(config, restore), members: Object.fromEntries(found) };
  const former = bootstrapped || restore !== undefined ? placesLeft(before, after.members) : [];
  const { generation, incarnations } = membership;
  return {
    ...after,
    ...(generation === undefined ? {} : { generation }),
    ...(Object.keys(incarnations).length === 0 ? {} : { incarnations }),
    ...(former.length === 0 ? {} : { former: [...former] }),
  };
}

/** Where members were and none of `now` is: whoever was there may still run with the data of then. */
export function placesLeft(before: EtcdState | undefined, now: EtcdState["members"]): readonly FormerPlace[] {
  const taken = new Set(Object.values(now).map(placeText));
  const were = Object.entries(before?.members ?? {}).map(([name, member]) => placeOf(name, member));
  return uniquePlaces([...(before?.former ?? []), ...were]).filter((place) => !taken.has(placeText(place)));
}

export function placeOf(name: string, { address, peerPort, clientPort }: Omit<FormerPlace, "name">): FormerPlace {
  return { name, address, peerPort, clientPort };
}

function placeText({ address, peerPort }: Pick<FormerPlace, "address" | "peerPort">): string {
  return `${address} ${peerPort}`;
}

export function uniquePlaces(places: readonly FormerPlace[]): FormerPlace[] {
  const unique = new Map(places.map((place) => [`${place.name} ${placeText(place)}`, place]));
  return [...unique].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}
