// The fleet as a table that fits a terminal, what is not as it should be below it, and the same as data. Pure.
import { columnWidths, printableLine, rowsText } from "#shared/printable.ts";
import { lineLength, shortened, shortenedWithin, tableLines } from "#shared/text-table.ts";
import { utcText } from "#shared/utc-text.ts";
import { roughAgeText } from "#shared/age-text.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { HostWordsData, StatusOutput } from "#planner/output/status-output.ts";
import type { Finding } from "./finding.ts";
import { countWell } from "./fleet.ts";
import type { Fleet, FleetHost } from "./fleet.ts";
import type { HostWords } from "./host-words.ts";

const gap = 2;
const header = ["HOST", "GEN", "RESULT", "ETCD", "CONTROL", "KUBELET", "CERTS", "AGENT", "AGE"];
/** Longest text of each column but the first, which takes what is left. */
const widest = [9, 9, 7, 7, 8, 5, 8, 4];
const leastHost = 7;

/** Ends with a newline. */
export function fleetText({ hosts, findings }: Fleet, now: number): string {
  const rows = hosts.map((host) => cellsOf(host, now).map(printableLine));
  const told = findings.flatMap(findingLines);
  const sum = `${countWell({ hosts, findings })} of ${hosts.length} hosts as they should be, ${findings.length} ${findings.length === 1 ? "finding" : "findings"}`;
  return [fleetLines(rows), ...(told.length === 0 ? [] : [told]), [sum]].map(rowsText).join("\n");
}

function findingLines({ host, file, what, hint }: Finding): readonly string[] {
  return [`${host ?? file ?? "?"}: ${what}`, `    ${hint}`];
}

/** The same for programs; `version` changes when a field changes its meaning. */
export function fleetJson({ cluster, hosts, findings }: Fleet, now: number): StatusOutput {
  return {
    version: outputVersion,
    cluster,
    at: utcText(now),
    hosts: hosts.map(({ host, wanted, words, isProven }) => ({
      host,
      ...(wanted === undefined ? {} : { wantedGeneration: wanted }),
      ...(words?.generation === undefined ? {} : { generation: words.generation }),
      isProven,
      ...(words === undefined ? {} : wordsJson(words)),
    })),
    findings: findings.map(({ kind, host, file, what, hint }) => ({
      code: kind,
      ...(host === undefined ? {} : { host }),
      ...(file === undefined ? {} : { file }),
      problem: what,
      hint,
    })),
  };
}

function wordsJson(words: HostWords): HostWordsData {
  const { result, etcd, controlPlane, kubelet, certificatesEnd, agentVersion, writtenAt, versions } = words;
  return {
    result,
    etcd,
    controlPlane,
    kubelet,
    versions,
    ...(certificatesEnd === undefined ? {} : { certificatesEnd: utcText(certificatesEnd) }),
    agentVersion,
    ...(writtenAt === undefined ? {} : { writtenAt: utcText(writtenAt) }),
  };
}

function cellsOf({ host, wanted, words }: FleetHost, now: number): readonly string[] {
  const generation = `${words?.generation ?? "-"}/${wanted ?? "-"}`;
  if (words === undefined) return [host, generation, ...header.slice(2).map(() => "-")];
  const { result, etcd, controlPlane, kubelet, certificatesEnd, agentVersion, writtenAt } = words;
  const left = (certificatesEnd ?? 0) - now;
  const certificates = certificatesEnd === undefined ? "-" : left <= 0 ? "ENDED" : roughAgeText(left);
  const age = writtenAt === undefined ? "-" : roughAgeText(now - writtenAt);
  return [host, generation, result, etcd, controlPlane, kubelet, certificates, agentVersion, age];
}

/** A host has one line, whatever it is called: what is cut stands whole in its findings and in `--json`. */
function fleetLines(rows: readonly (readonly string[])[]): readonly string[] {
  const cut = rows.map(([host = "", ...others]) => [
    host,
    ...others.map((cell, column) => shortened(cell, widest[column] ?? lineLength)),
  ]);
  const [, ...widths] = columnWidths([header, ...cut]);
  const left = lineLength - widths.reduce((sum, width) => sum + width + gap, 0);
  return tableLines(
    cut.map(([host = "", ...others]) => [shortenedWithin(host, Math.max(leastHost, left)), ...others]),
    { header },
  );
}
