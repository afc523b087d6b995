// What split and diff say of etcd's members that come and go by themselves.
import { rowsText } from "#shared/printable.ts";
import type { MembersReport } from "#planner/split/members-report.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";

/** Empty where nothing of them changes. */
export function membersText({ members }: Pick<PreparedSplit, "members">): string {
  if (members === undefined) return "";
  const { replaced, moves } = members;
  const list = [...joinsText(members), ...leavesText(members)].join("; ");
  return rowsText([
    ...(list === "" ? [] : [`etcd: ${list}`]),
    ...replaced.map(({ host, as }) => `etcd: ${host} begins anew as ${as}; its former data stays on its host`),
    ...moves.map(({ host, to }) => `etcd: ${host} moves to ${to}`),
  ]);
}

function joinsText({ joins }: MembersReport): readonly string[] {
  const titles = joins.map(({ host, as }) => (as === host ? host : `${host} (as ${as})`));
  if (titles.length === 0) return [];
  const how = titles.length === 1 ? "joins as a learner" : "join one after the other, each as a learner";
  return [`${inWords(titles)} ${how} until it has the data`];
}

function leavesText({ leaves }: MembersReport): readonly string[] {
  const names = leaves.map(({ as }) => as);
  if (names.length === 0) return [];
  return [`${inWords(names)} ${names.length === 1 ? "leaves" : "leave one after the other,"} when all others vote`];
}

function inWords(names: readonly string[]): string {
  const [last] = names.slice(-1);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${last}`;
}
