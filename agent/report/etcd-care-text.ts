// What people are told about the own etcd member's data.
import { ageText } from "#shared/age-text.ts";
import type { EtcdCareReport } from "./etcd-care-report.ts";
import { sizeText } from "./size-text.ts";

/** `etcd data 14.0 MB, 9.0 MB in use, of at most 2.15 GB; defragmented 3d ago`. */
export function careLine({ sizeBytes, inUseBytes, quotaBytes, waits, ...report }: EtcdCareReport, now: number): string {
  if (sizeBytes === undefined || inUseBytes === undefined) return "etcd data: not asked yet";
  const ago = (what: string, at: string | undefined): string =>
    at === undefined ? "" : `; ${what} ${ageText(now - Date.parse(at))} ago`;
  const done = `${ago("defragmented", report.defragmentedAt)}${ago("NOSPACE disarmed", report.disarmedAt)}`;
  const waiting = waits === undefined ? "" : `; waits: ${waits}`;
  return `etcd data ${sizeText(sizeBytes)}, ${sizeText(inUseBytes)} in use, of at most ${sizeText(quotaBytes)}${done}${waiting}`;
}

/** Beyond this part of the quota, more room has to be made while there is time. */
const nearQuota = 0.8;

/** What somebody should do something about. */
export function careWarnings({ told, problem, inUseBytes, quotaBytes }: EtcdCareReport): readonly string[] {
  const isNear = told === undefined && inUseBytes !== undefined && inUseBytes > nearQuota * quotaBytes;
  return [
    ...(told === undefined ? [] : [`etcd: ${told}`]),
    ...(problem === undefined ? [] : [`etcd care: ${problem}`]),
    ...(isNear
      ? [
          `etcd: ${sizeText(inUseBytes)} of ${sizeText(quotaBytes)} are in use: remove keys, or raise etcd.quotaBackendBytes`,
        ]
      : []),
  ];
}
