// What people are told about changes of etcd's members.
import { ageText } from "#shared/age-text.ts";
import type { EtcdMembersReport } from "./etcd-members-report.ts";

/** `etcd members h1 (leader), h2, h3.2 (learner), h4 (silent); waits: h3.2 is a learner and has not got all data yet`. */
export function membersLine({ members, waits }: EtcdMembersReport): string {
  const listed = members.length === 0 ? "not told yet" : members.map(memberText).join(", ");
  return `etcd members ${listed}${waits === undefined ? "" : `; waits: ${waits}`}`;
}

function memberText({ name, role, isWell }: EtcdMembersReport["members"][number]): string {
  const about = [...(role === "voter" ? [] : [role]), ...(isWell ? [] : ["silent"])];
  return about.length === 0 ? name : `${name} (${about.join(", ")})`;
}

/** What a change that goes on by itself does not take. */
const longWaitMs = 10 * 60_000;

/** What somebody should do something about. */
export function membersWarnings({ told, problem, waits, waitsMs = 0 }: EtcdMembersReport): readonly string[] {
  return [
    ...(waits === undefined || waitsMs < longWaitMs
      ? []
      : [`etcd members: the same has been waited for since ${ageText(waitsMs)}: ${waits}`]),
    ...(told === undefined ? [] : [`etcd members: ${told}`]),
    ...(problem === undefined ? [] : [`etcd members: ${problem}`]),
  ];
}
