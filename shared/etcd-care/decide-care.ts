// What an etcd member needs now: to be defragmented, its alarm to be disarmed, or a person.
import { dayMs } from "#shared/duration.ts";
import { workOf } from "#shared/state/lock-work.ts";
import { utcText } from "#shared/utc-text.ts";
import { nobodysId } from "./care-seen.ts";
import type { CareDecision, CaredMember, CareRecord, CareSeen } from "./care-seen.ts";

const mebibyte = 2 ** 20;
/** Less free space than this is not worth a stop, however small what is in use. */
const leastFreeBytes = 100 * mebibyte;
/** What is left free of a file that was just defragmented. */
const alwaysFreeBytes = mebibyte;
/** Without space: the file of a member that was just defragmented does not shrink by doing it again. */
const restWithoutSpaceMs = 60_000;
/** Of the quota; with more in use etcd would be full again at once. */
const roomToWrite = 0.8;

type Well = NonNullable<CaredMember["well"]>;

/** Pure; the same decision as long as the same is seen. */
export function decideCare(seen: CareSeen): CareDecision {
  const corrupt = corruptText(seen);
  if (corrupt !== undefined) return tell(corrupt);
  const self = seen.members.find(({ name }) => name === seen.self);
  if (self === undefined) return wait(`etcd does not list ${seen.self}`);
  if (self.well === undefined) return wait(`${seen.self} does not answer`);
  if (needs(self, self.well, seen)) return whenOthersCan(self, self.well, seen);
  return lacksSpace(seen) ? afterAll(self, seen) : { kind: "nothing" };
}

function corruptText(seen: CareSeen): string | undefined {
  const corrupt = seen.alarms.filter(({ alarm }) => alarm === "CORRUPT").map(({ memberId }) => memberId);
  if (corrupt.length === 0) return undefined;
  const named = corrupt.filter((id) => id !== nobodysId).map((id) => nameOf(seen, id));
  return named.length > 0
    ? `${named.join(", ")}: its data differs from that of others (alarm CORRUPT): replace the member`
    : "the data of a member differs, and etcd does not say whose (alarm CORRUPT): etcdctl endpoint hashkv --cluster tells; replace that member";
}

export function lacksSpace({ alarms }: Pick<CareSeen, "alarms">): boolean {
  return alarms.some(({ alarm }) => alarm === "NOSPACE");
}

/** Whether this member's own file is worth it, and it has rested. */
function needs(self: CaredMember, well: Well, seen: CareSeen): boolean {
  const { record, now, everyMs, quotaBytes } = seen;
  const isWithout = lacksSpace(seen);
  const restMs = isWithout ? Math.min(restWithoutSpaceMs, everyMs) : everyMs;
  // a clock that was ahead keeps nothing off
  const age = now - (record.defragmentedAt ?? -Infinity);
  if (age >= 0 && age < restMs) return false;
  return isWithout ? gains(well) || gainsUntold(self, seen) : isFragmented(well, quotaBytes);
}

/**
 * Whether it may shrink though it does not say so. Without space nothing is written, and what a member says is in use is as of its last
 * write: a compaction since has left it as it was. So one member is defragmented once for each compaction, and its size then tells of all.
 */
function gainsUntold(self: CaredMember, seen: CareSeen): boolean {
  const { oldestRevision = 1, record, members } = seen;
  if (oldestRevision <= (record.defragmentedFrom ?? 1)) return false;
  return isWorthIt(self, members) || (!members.some((member) => isWorthIt(member, members)) && isFirst(self, members));
}

/** By what the least of all says is in use: they have the same data. */
function isWorthIt({ well }: CaredMember, members: readonly CaredMember[]): boolean {
  const inUse = members.flatMap((member) => (member.well === undefined ? [] : [member.well.inUseBytes]));
  return well !== undefined && gains({ ...well, inUseBytes: Math.min(...inUse) });
}

function isFirst(self: CaredMember, members: readonly CaredMember[]): boolean {
  return members.every((member) => member === self || comesBefore(self, member));
}

/** The leader last, the others by their names: an order that does not change while they shrink. */
function comesBefore(a: CaredMember, b: CaredMember): boolean {
  const [first, second] = [a.well?.isLeader === true, b.well?.isLeader === true];
  return first === second ? a.name < b.name : second;
}

function gains({ sizeBytes, inUseBytes }: Pick<Well, "sizeBytes" | "inUseBytes">): boolean {
  return sizeBytes - inUseBytes > Math.max(alwaysFreeBytes, sizeBytes / 10);
}

/** More than half of the file is free, or the file takes half of the quota without need. */
export function isFragmented(well: Well, quotaBytes: number): boolean {
  const { sizeBytes, inUseBytes } = well;
  return sizeBytes - inUseBytes > Math.max(leastFreeBytes, inUseBytes) || (sizeBytes > quotaBytes / 2 && gains(well));
}

/** It takes no requests meanwhile, so all others have to. */
function whenOthersCan(self: CaredMember, { isLeader }: Well, seen: CareSeen): CareDecision {
  const isWithout = lacksSpace(seen);
  const others = seen.members.filter((member) => member !== self);
  const learner = seen.members.find(({ isLearner }) => isLearner);
  if (learner !== undefined) return wait(`${titleOf(learner)} is a learner that takes over the data`);
  const silent = others.filter((member) => member.well === undefined).map(titleOf);
  if (silent.length > 0) return wait(`${silent.join(", ")} does not answer; one member at a time stops to defragment`);
  if (seen.isBackedUpNow) return wait("a backup of this member is under way");
  const first = others.find((other) =>
    isWithout
      ? isWorthIt(other, seen.members) && comesBefore(other, self)
      : isLeader && other.well !== undefined && isFragmented(other.well, seen.quotaBytes),
  );
  if (first !== undefined)
    return wait(`${first.name} is defragmented first${isLeader ? ": the leader comes last" : ""}`);
  const blocked = lockReason(seen);
  if (blocked !== undefined) return blocked;
  return isWithout
    ? { kind: "defragment", locked: false, from: seen.oldestRevision }
    : { kind: "defragment", locked: seen.lock !== undefined };
}

function lockReason({ lock, host }: CareSeen): CareDecision | undefined {
  if (lock === undefined) return undefined;
  if ("unknown" in lock) return wait(`the disruption lock cannot be asked for: ${lock.unknown}`);
  const { holder } = lock;
  if (holder === undefined || (holder.host === host && workOf(holder) === "care")) return undefined;
  return wait(`${holder.host} holds the disruption lock for ${holder.component}`);
}

/** NOSPACE, and this member is as small as it gets. */
function afterAll(self: CaredMember, seen: CareSeen): CareDecision {
  const { alarms, members, quotaBytes, oldestRevision = 1, newestRevision = 1, compacts, record, now } = seen;
  // what was deleted takes its room until then; hosts that do it at once do no harm
  if (compacts && newestRevision > oldestRevision) return { kind: "compact", revision: newestRevision };
  const fragmented = members.filter((member) => isWorthIt(member, members));
  const full = members.filter(
    (member) =>
      !fragmented.includes(member) && member.well !== undefined && member.well.inUseBytes >= roomToWrite * quotaBytes,
  );
  const sizes = full.map(({ name, well }) => `${name} ${well?.inUseBytes ?? 0}`).join(", ");
  if (full.length > 0)
    return tell(
      `etcd takes no writes (alarm NOSPACE): of a quota of ${quotaBytes} bytes are in use: ${sizes}; ` +
        `${compacts ? "delete objects" : "remove keys and compact"}, or raise etcd.quotaBackendBytes, split and deliver`,
    );
  if (oldestRevision === 1)
    return tell(
      "etcd takes no writes (alarm NOSPACE), and no revision was ever compacted: compact, or say etcd.compaction",
    );
  const silent = members.filter(({ well }) => well === undefined).map(titleOf);
  if (silent.length > 0)
    return wait(`${silent.join(", ")} does not answer; NOSPACE is disarmed when all are defragmented`);
  if (fragmented.length > 0)
    return wait(`NOSPACE is disarmed when ${fragmented.map(titleOf).join(", ")} is defragmented`);
  if (!alarms.some(({ alarm, memberId }) => alarm === "NOSPACE" && memberId === self.id))
    return wait("NOSPACE is another member's, whose host disarms it");
  const { disarm } = record;
  const age = now - (disarm?.at ?? -Infinity);
  // one that was killed on its way is gone on with
  if (disarm?.done === true && age >= 0 && age < dayMs)
    return tell(
      `etcd takes no writes: the alarm NOSPACE was disarmed at ${utcText(disarm.at)} and came back; find what writes so much`,
      "disarm",
    );
  return { kind: "disarm", memberId: self.id };
}

/** What was begun and is done, as the alarms tell. */
export function settledRecord({ record, alarms, members, self }: CareSeen): CareRecord {
  const id = members.find(({ name }) => name === self)?.id;
  const isOff = id !== undefined && !alarms.some(({ alarm, memberId }) => alarm === "NOSPACE" && memberId === id);
  return record.disarm?.done === false && isOff ? { ...record, disarm: { ...record.disarm, done: true } } : record;
}

function nameOf({ members }: CareSeen, id: string): string {
  const found = members.find((member) => member.id === id);
  return found === undefined ? `member ${id}` : titleOf(found);
}

function titleOf({ name, id }: CaredMember): string {
  return name === "" ? `member ${id}` : `etcd-${name}`;
}

function wait(reason: string): CareDecision {
  return { kind: "wait", reason };
}

function tell(reason: string, command?: "disarm"): CareDecision {
  return { kind: "tell", reason, ...(command === undefined ? {} : { command }) };
}
