// etcd's members as they come and go by themselves: whether they do, who begins anew on a host, and how often what all must agree on
// has changed.
import { memberName } from "#shared/etcd-members/member-name.ts";
import { ownValue } from "#shared/own-value.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import type { EtcdPeer } from "./etcd-member.ts";

/** What a cluster that is founded now keeps in its state. */
export const newMembership: NonNullable<PlannerState["membership"]> = "on";

export type EtcdMembers = {
  /** All members by host. */
  readonly members: Readonly<Record<string, EtcdPeer>>;
  /** Hosts bring etcd's own list of members to these. */
  readonly isOn: boolean;
  /** Counts changes of the members; undefined where they have never come and gone by themselves. */
  readonly generation: number | undefined;
  /** Per host: the highest incarnation that a member there has had, where that is remembered. */
  readonly incarnations: Readonly<Record<string, number>>;
};

export type MembersBefore = {
  /** As the last split left them. */
  readonly before: EtcdState | undefined;
  /** Hosts whose members' data is lost. */
  readonly replaced: readonly string[];
  readonly bootstrapped: boolean;
  readonly kept: PlannerState["membership"];
  readonly token: string;
};

/** The config's own word counts more; before etcd is up the list that founds it is frozen. */
export function etcdMembersOf(
  { etcd }: Pick<ClusterConfig, "etcd">,
  places: Readonly<Record<string, EtcdPeer>>,
  { before, replaced, bootstrapped, kept, token }: MembersBefore,
): EtcdMembers {
  const isWanted = etcd?.membership?.enabled ?? kept === "on";
  const isOn = isWanted && bootstrapped && Object.keys(places).length > 0;
  const members = Object.fromEntries(
    Object.entries(places).map(([host, place]) => {
      const incarnation = incarnationOf(host, { before, isReplaced: isOn && replaced.includes(host) });
      return [host, { ...place, ...(incarnation === undefined ? {} : { incarnation }) }] as const;
    }),
  );
  const isCounted = isOn || before?.generation !== undefined;
  return {
    members,
    isOn,
    generation: isCounted ? generationAfter(before, { token, members }) : undefined,
    incarnations: highestAfter(before, members, isOn),
  };
}

/** A host that comes back has the data of a member that was taken out: it must not be begun with. */
function incarnationOf(
  host: string,
  { before, isReplaced }: { readonly before: EtcdState | undefined; readonly isReplaced: boolean },
): number | undefined {
  const was = ownValue(before?.members, host);
  const highest = ownValue(before?.incarnations, host);
  if (was !== undefined && !isReplaced) return was.incarnation;
  return was === undefined && highest === undefined ? undefined : Math.max(was?.incarnation ?? 1, highest ?? 1) + 1;
}

function highestAfter(
  before: EtcdState | undefined,
  members: EtcdMembers["members"],
  isOn: boolean,
): EtcdMembers["incarnations"] {
  const highest = new Map(Object.entries(before?.incarnations ?? {}));
  const raise = (host: string, incarnation: number): void =>
    void highest.set(host, Math.max(incarnation, highest.get(host) ?? 1));
  for (const [host, { incarnation }] of Object.entries(members))
    if (incarnation !== undefined) raise(host, incarnation);
  const left = isOn ? [...Object.keys(before?.members ?? {}), ...(before?.former ?? []).map(({ name }) => name)] : [];
  for (const host of left)
    if (!Object.hasOwn(members, host)) raise(host, ownValue(before?.members, host)?.incarnation ?? 1);
  return Object.fromEntries([...highest].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

type Agreed = Pick<EtcdState, "token"> & {
  readonly members: Readonly<Record<string, Omit<EtcdPeer, "clientPort">>>;
};

function generationAfter(before: EtcdState | undefined, now: Agreed): number {
  if (before?.generation === undefined) return 1;
  return agreedText(before) === agreedText(now) ? before.generation : before.generation + 1;
}

function agreedText({ token, members }: Agreed): string {
  const places = Object.entries(members).map(([host, { address, peerPort, incarnation }]) => [
    memberName(host, { incarnation }),
    address,
    peerPort,
  ]);
  return JSON.stringify([token, places.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))]);
}

/** What a split changes of the members that etcd counts; each by its host. */
export type MembersChange = {
  readonly joining: readonly string[];
  readonly leaving: readonly string[];
  /** They begin anew, without their former data. */
  readonly replaced: readonly string[];
  readonly moving: readonly string[];
};

export function membersChange(before: EtcdState, now: EtcdMembers["members"]): MembersChange {
  const was = before.members;
  const hosts = Object.keys(now).filter((host) => Object.hasOwn(was, host));
  const replaced = hosts.filter((host) => now[host]?.incarnation !== was[host]?.incarnation);
  const moving = hosts.filter(
    (host) =>
      !replaced.includes(host) &&
      (now[host]?.address !== was[host]?.address || now[host]?.peerPort !== was[host]?.peerPort),
  );
  return {
    joining: Object.keys(now).filter((host) => !Object.hasOwn(was, host)),
    leaving: Object.keys(was).filter((host) => !Object.hasOwn(now, host)),
    replaced,
    moving,
  };
}
