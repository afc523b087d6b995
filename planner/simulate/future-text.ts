// What is to come, for people and for programs. Pure.
import { rowsText } from "#shared/printable.ts";
import { wrappedLine } from "#shared/text-table.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { SimulateOutput } from "#planner/output/simulate-output.ts";
import { timeText } from "#planner/pki/certificate.ts";
import { someOf } from "#shared/some-of.ts";
import { dayOf, daysOf } from "./future.ts";
import type { Day, Ended, Future, Renewed } from "./future.ts";

const shownNames = 12;
const shownHosts = 8;

/** A paragraph for each day on which something happens. */
export function futureText(future: Future): string {
  const days = daysOf(future);
  const rows = days.flatMap((day) => [day.day, ...linesOf(day).map((line) => `  ${line}`)]);
  const none = [`nothing ends and nothing is renewed until ${dayOf(future.until)}`];
  return rowsText([...(days.length === 0 ? none : rows), ...notesOf(future)].flatMap((line) => wrappedLine(line)));
}

/** Hosts to which the same happens stand together. */
function linesOf({ renewed, ended, acted, refused }: Day): readonly string[] {
  const hosts = new Set([...renewed, ...ended, ...acted].map(({ host }) => host));
  const told = [...hosts].map((host) => {
    const mine = <Row extends { readonly host?: string | undefined }>(rows: readonly Row[]): readonly Row[] =>
      rows.filter((row) => row.host === host);
    const lines = [
      ...renewedLines(mine(renewed), host),
      ...mine(acted).flatMap(({ lines: words }) => words.map((word) => `  its agent: ${word}`)),
      ...mine(ended).map((one) => endedLine(one, host)),
    ];
    return { host: host ?? "the cluster", lines };
  });
  const groups = Map.groupBy(told, ({ lines }) => JSON.stringify(lines));
  return [
    ...[...groups.values()].flatMap((group) => [
      `${someOf(
        group.map(({ host }) => host),
        shownHosts,
      )}:`,
      ...(group[0]?.lines ?? []).map((line) => `  ${line}`),
    ]),
    ...refused.map(({ reason }) => `from now on no split is possible: ${reason}`),
  ];
}

/** The host's name in a certificate's says nothing beside the host. */
function titleOf(name: string, host: string | undefined): string {
  return host === undefined ? name : name.replaceAll(`/${host}-`, "/").replaceAll(`/hosts/${host}/`, "/");
}

function renewedLines(rows: readonly Renewed[], host: string | undefined): readonly string[] {
  const causes = Map.groupBy(rows, ({ cause, ends }) => JSON.stringify([cause, dayOf(ends)]));
  return [...causes.values()].map((group) => {
    const names = group.map(({ name }) => titleOf(name, host));
    const [first] = group;
    const until = first === undefined ? "" : `, until ${dayOf(first.ends)}`;
    return `split and delivery renew ${someOf(names, shownNames)} (${first?.cause ?? ""})${until}`;
  });
}

function endedLine({ name, usedBy }: Ended, host: string | undefined): string {
  if (host === undefined)
    return `CA ${name} ends: what trusts it refuses all that it has signed, and it signs nothing any more`;
  const users = usedBy.map((user) => (user.endsWith(`-${host}`) ? user.slice(0, -host.length - 1) : user));
  return `ENDS: ${titleOf(name, host)}, of ${someOf(users, shownNames)}`;
}

function notesOf({ ended, isDelivered, kubelets, until }: Future): readonly string[] {
  const [first] = ended;
  const byHost = kubelets.length === 0 ? "" : someOf(kubelets, shownHosts);
  return [
    ...(kubelets.length === 0
      ? []
      : [`# kubelets renew by themselves what the cluster issues them, as long as the control plane works: ${byHost}`]),
    ...(isDelivered ? [] : ["# as long as nobody splits and delivers"]),
    ...(first === undefined ? [] : [`# ${ended.length} end by ${dayOf(until)}, the first on ${dayOf(first.at)}`]),
  ];
}

/** Times as in RFC 3339. */
export function futureJson(future: Future): SimulateOutput {
  const { cluster, from, until, isDelivered, kubelets } = future;
  return {
    version: outputVersion,
    cluster,
    at: timeText(from),
    until: timeText(until),
    delivery: isDelivered,
    days: daysOf(future).map(({ day, renewed, ended, acted, refused }) => ({
      day,
      renewed: renewed.map(({ name, host, cause, ends }) => ({
        name,
        host,
        renewedBy: "split",
        cause,
        ends: timeText(ends),
      })),
      ended: ended.map(({ at, name, host, usedBy }) => ({ name, host, ends: timeText(at), usedBy })),
      hosts: acted.map(({ host, restarts, signals, lines }) => ({ host, restarts, signals, plan: lines })),
      ...(refused[0] === undefined ? {} : { refused: refused[0].reason }),
    })),
    renewedByKubelets: kubelets,
  };
}
