// What the planner remembers of etcd's members, as the host configs that were given out tell it where the state is lost or older.
import { ownValue } from "#shared/own-value.ts";
import type { EtcdMember, HostConfig } from "#shared/schema/host-config.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import type { FormerPlace } from "./etcd-state.ts";
import { placeOf, placesLeft, uniquePlaces } from "./etcd-state.ts";
import { etcdVersionOf, tagOf, versionText } from "./versions/etcd-version.ts";

type Member = EtcdState["members"][string];

/** Each member's own word counts more than what others say of it. Undefined without members. */
export function etcdStateIn(configs: readonly HostConfig[]): EtcdState | undefined {
  const sections = configs.flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  const newest = newestOf(sections);
  const [first] = newest ?? sections;
  if (first === undefined) return undefined;
  const members = newest === undefined ? ownMembers(sections) : listedMembers(first, [...newest, ...sections]);
  const former = placesLeft({ token: first.token, members: {}, former: toldPlaces(sections) }, members);
  const generation = first.membership?.generation;
  const incarnations = highestIn(sections, generation === undefined ? [] : former, members);
  return {
    token: first.token,
    members,
    ...(generation === undefined ? {} : { generation }),
    ...(Object.keys(incarnations).length === 0 ? {} : { incarnations }),
    ...(former.length === 0 ? {} : { former: [...former] }),
  };
}

/** Those of the highest generation; undefined where members do not come and go by themselves. */
function newestOf(sections: readonly EtcdMember[]): readonly EtcdMember[] | undefined {
  const highest = Math.max(0, ...sections.map(({ membership }) => membership?.generation ?? 0));
  return highest === 0 ? undefined : sections.filter(({ membership }) => membership?.generation === highest);
}

function ownMembers(sections: readonly EtcdMember[]): Readonly<Record<string, Member>> {
  const own = new Map(sections.map((section) => [section.name, ownMember(section)] as const));
  return Object.fromEntries([...own].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function ownMember(section: EtcdMember): Member {
  const { name, address, peerPort, clientPort, dataDirectory, members } = section;
  const incarnation = ownValue(members, name)?.incarnation;
  const anew = incarnation === undefined ? {} : { incarnation };
  return { address, peerPort, clientPort, dataDirectory, ...versionIn(section), ...anew };
}

function versionIn({ image }: EtcdMember): Pick<Member, "version"> {
  const version = etcdVersionOf(tagOf(image) ?? "");
  return version === undefined ? {} : { version: versionText(version) };
}

/** All that one of the newest lists: the file of one of them may be lost, or not be written yet. */
function listedMembers(newest: EtcdMember, sections: readonly EtcdMember[]): Readonly<Record<string, Member>> {
  const members = Object.entries(newest.members).map(([name, { incarnation, ...place }]) => {
    const own = sections.find((section) => section.name === name);
    const { dataDirectory } = own ?? newest;
    const anew = incarnation === undefined ? {} : { incarnation };
    return [name, { ...place, dataDirectory, ...(own === undefined ? {} : versionIn(own)), ...anew }] as const;
  });
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Of hosts whose files are gone, what others have said of them. */
function toldPlaces(sections: readonly EtcdMember[]): FormerPlace[] {
  return sections.flatMap(({ members, restore }) => [
    ...Object.entries(members).map(([name, member]) => placeOf(name, member)),
    ...(restore?.lost ?? []),
  ]);
}

function highestIn(
  sections: readonly EtcdMember[],
  former: readonly FormerPlace[],
  members: EtcdState["members"],
): Readonly<Record<string, number>> {
  const left = former.filter(({ name }) => !Object.hasOwn(members, name)).map(({ name }) => [name, 1] as const);
  const told = sections.flatMap((section) =>
    Object.entries(section.members).flatMap(([name, { incarnation }]) =>
      incarnation === undefined ? [] : [[name, incarnation] as const],
    ),
  );
  return highestOf([...left, ...told]);
}

/** What is told of the members, with what an older state still knows beside it. */
export function withOlder(told: EtcdState, older: EtcdState): EtcdState {
  const members = Object.entries(told.members).map(([name, member]) => {
    const version = member.version ?? ownValue(older.members, name)?.version;
    return [name, { ...member, ...(version === undefined ? {} : { version }) }] as const;
  });
  const left = Object.entries(older.members).filter(([name]) => !Object.hasOwn(told.members, name));
  const incarnations = highestOf([
    ...Object.entries(older.incarnations ?? {}),
    ...Object.entries(told.incarnations ?? {}),
    ...left.map(([name, { incarnation = 1 }]) => [name, incarnation] as const),
  ]);
  const former = uniquePlaces([...placesLeft(older, told.members), ...(told.former ?? [])]);
  return {
    ...told,
    members: Object.fromEntries(members),
    ...(Object.keys(incarnations).length === 0 ? {} : { incarnations }),
    ...(former.length === 0 ? {} : { former }),
  };
}

function highestOf(all: readonly (readonly [name: string, incarnation: number])[]): Readonly<Record<string, number>> {
  const highest = new Map<string, number>();
  for (const [name, incarnation] of all) highest.set(name, Math.max(incarnation, highest.get(name) ?? 1));
  return Object.fromEntries([...highest].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
