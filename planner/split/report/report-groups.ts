// What split and diff say of hosts by default: those to which the same happens stand together.
import { rowsText } from "#shared/printable.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import { changedFields, changedSecrets } from "./changed-fields.ts";
import { previewPlan } from "./preview-host.ts";
import { someOf } from "#shared/some-of.ts";
import { planSummary } from "./summarize-plan.ts";

const shownHosts = 8;
const shownFields = 6;

/** A paragraph for each group, in the order of its first host; `now` is in epoch milliseconds. */
export function groupsText(hosts: readonly HostChange[], now: number): string {
  const summed = hosts.map((host) => ({ host, lines: linesOf(host, now) }));
  const groups = Map.groupBy(summed, ({ host, lines }) => JSON.stringify([host.change, ...lines]));
  return [...groups.values()]
    .map((group) =>
      rowsText([headOf(group.map(({ host }) => host)), ...(group[0]?.lines ?? []).map((line) => `  ${line}`)]),
    )
    .join("");
}

function headOf(hosts: readonly HostChange[]): string {
  const names = someOf(
    hosts.map(({ host }) => host),
    shownHosts,
  );
  const generations = new Set(hosts.map(generationText));
  return [`${names}: ${hosts[0]?.change}`, ...(generations.size === 1 ? generations : [])].join(", ");
}

/** `generation 2`, or `generation 1 to 2`. */
export function generationText({ old, generation }: HostChange): string {
  const was = old?.generation;
  return was === undefined || was === generation ? `generation ${generation}` : `generation ${was} to ${generation}`;
}

function linesOf({ host, change, config, old }: HostChange, now: number): readonly string[] {
  const plan = planSummary(previewPlan(config, old, now), host);
  if (old === undefined || change !== "changed") return plan;
  const [fields, secrets] = [changedFields(old, config), changedSecrets(old, config)];
  return [
    ...plan,
    ...(fields.length === 0 ? [] : [`config: ${someOf(fields, shownFields)}`]),
    ...(secrets.length === 0 ? [] : [`secrets: ${someOf(secrets, shownFields)}`]),
  ];
}
