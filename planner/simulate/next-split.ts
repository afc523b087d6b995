// When somebody who splits and delivers on each day on which something is due does so next. Pure.
import { dayMs } from "#shared/duration.ts";
import { durationMs } from "#shared/duration.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { lifeOf } from "#planner/pki/certificate.ts";
import { dueAt } from "#planner/pki/judge-leaf.ts";
import type { PkiLeaf, PreparedPki } from "#planner/pki/types.ts";

/** The last second of the day (UTC), or the moment itself where it is later. */
export function endOfDay(ms: number): number {
  return Math.max(ms, Math.floor(ms / dayMs) * dayMs + dayMs - 1000);
}

/** Milliseconds since 1970, after `after`; undefined when nothing will be due any more. */
export function nextSplit({ leaves, cas }: Pick<PreparedPki, "leaves" | "cas">, after: number): number | undefined {
  const ends = new Map([...cas].map(([id, { certificate }]) => [id, endOf(certificate)]));
  const moments = leaves.flatMap((leaf) => {
    const { ca } = leaf.request;
    // who has its CA's key elsewhere makes the next one there
    const renewed = cas.get(ca)?.key === undefined ? undefined : renewedAt(leaf, ends.get(ca) ?? 0);
    return renewed === undefined || renewed <= after ? [] : [renewed];
  });
  return moments.length === 0 ? undefined : endOfDay(Math.min(...moments));
}

/** As `judgeLeaf` does it: from the day on which it is due, as soon as a new one lasts longer; never, where its CA ends with it. */
function renewedAt({ request, given }: PkiLeaf, caEnds: number): number | undefined {
  const longer = given.notAfter - durationMs(request.validity) + 1000;
  const moment = Math.max(dueAt(request, given), longer);
  return given.notAfter < caEnds && moment < caEnds ? moment : undefined;
}

/** Of the first certificate, which signs. */
function endOf(pem: string): number {
  const [first] = certificatesOf(pem) ?? [];
  return first === undefined ? 0 : lifeOf(first).notAfter;
}
