// Every certificate that pki/ holds or the next split makes: for whom, until when, and who makes the next one. Pure.
import { roughAgeText } from "#shared/age-text.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { rowsText } from "#shared/printable.ts";
import { tableLines } from "#shared/text-table.ts";
import type { CertificateData } from "#planner/output/certificates-output.ts";
import { lifeOf, timeText } from "#planner/pki/certificate.ts";
import type { PkiLeaf, PreparedPki } from "#planner/pki/types.ts";

/** Times in milliseconds since 1970, of the certificate that is there; unset where none is there yet. */
export type CertificateRow = {
  /** As in pki/, without `.crt`; behind the first certificate of a CA's file ` (2)`. */
  readonly name: string;
  readonly host?: string | undefined;
  /** Its common name. */
  readonly for: string;
  readonly issued?: number | undefined;
  readonly ends?: number | undefined;
  readonly due?: number | undefined;
  /** split: the first one from `due` on; key-holder: whoever has the CA's key, which is not here; nobody: a CA stays what it is. */
  readonly renewedBy: CertificateData["renewedBy"];
  /** Why the next split makes it anew. */
  readonly pending?: string | undefined;
};

type Known = Pick<PreparedPki, "cas" | "leaves" | "changes"> & { readonly holders: ReadonlyMap<string, string> };

/** The first to end comes first; what is not there yet comes last. */
export function certificateRows(pki: Known): readonly CertificateRow[] {
  const causes = new Map(pki.changes.map(({ id, cause }) => [id, cause]));
  const rows = [
    ...[...pki.cas].flatMap(([id, { certificate }]) => authorityRows(`${id}/ca`, certificate, causes)),
    ...pki.leaves.map((leaf) => leafRow(leaf, pki)),
  ];
  const end = ({ ends = Infinity }: CertificateRow): number => ends;
  return rows.toSorted((a, b) => (end(a) === end(b) ? (a.name < b.name ? -1 : 1) : end(a) - end(b)));
}

function authorityRows(name: string, pem: string, causes: ReadonlyMap<string, string>): readonly CertificateRow[] {
  return (certificatesOf(pem) ?? []).map((certificate, index) => {
    const pending = index === 0 ? causes.get(name) : undefined;
    const { notBefore, notAfter } = lifeOf(certificate);
    return {
      name: index === 0 ? name : `${name} (${index + 1})`,
      for: /(?:^|\n)CN=(.*)/.exec(certificate.subject)?.[1] ?? certificate.subject,
      ...(pending === undefined ? { issued: notBefore, ends: notAfter } : { pending }),
      renewedBy: "nobody",
    };
  });
}

function leafRow({ request, found, due, cause }: PkiLeaf, { cas, holders }: Known): CertificateRow {
  const isHere = cas.get(request.ca)?.key !== undefined;
  return {
    name: request.id,
    host: holders.get(request.id),
    for: request.commonName,
    ...(found === undefined ? {} : { issued: found.notBefore, ends: found.notAfter, due }),
    renewedBy: isHere ? "split" : "key-holder",
    ...(cause === undefined ? {} : { pending: cause }),
  };
}

const header = ["NAME", "HOST", "ENDS", "RENEWED BY"];

/** A table for people: days, in UTC. Common names and first days are in the data only. */
export function certificatesText(rows: readonly CertificateRow[], now: number): string {
  return rowsText(
    tableLines(
      rows.map((row) => cellsOf(row, now)),
      { header },
    ),
  );
}

function cellsOf(row: CertificateRow, now: number): readonly string[] {
  const { name, host = "-", ends } = row;
  return [name, host, endText(ends, now), renewalText(row)];
}

function endText(ends: number | undefined, now: number): string {
  if (ends === undefined) return "not made yet";
  return `${dayOf(ends)} (${now >= ends ? "ENDED" : roughAgeText(ends - now)})`;
}

function renewalText({ renewedBy, pending, due }: CertificateRow): string {
  if (pending !== undefined) return `the next split: ${pending}`;
  if (renewedBy === "nobody") return "nobody: a CA stays";
  const from = due === undefined ? "" : ` from ${dayOf(due)}`;
  return renewedBy === "split" ? `split${from}` : `whoever has its CA's key${from}`;
}

function dayOf(ms: number): string {
  return timeText(ms).slice(0, 10);
}

/** The same for programs: RFC 3339 times. */
export function certificatesJson(rows: readonly CertificateRow[]): readonly CertificateData[] {
  const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : timeText(ms));
  return rows.map(({ issued, ends, due, pending, ...row }) => ({
    ...row,
    cause: pending,
    issued: time(issued),
    ends: time(ends),
    renewalDue: time(due),
  }));
}
