// When the certificates of the host's containers end, on one scale of time, and until when a newer host config is needed. Pure.
import type { Report } from "#agent/report/report.ts";
import { endLine, sortedComponents } from "#agent/report/status-words.ts";
import { certificateBars } from "#shared/page/certificate-bars.ts";
import type { CertificateEnd } from "#shared/page/certificate-bars.ts";
import { markup } from "#shared/page/markup.ts";
import type { Markup } from "#shared/page/markup.ts";
import { section } from "#shared/page/pieces.ts";

/** The first to end are those that matter. */
const most = 30;

export function endsOf(report: Report, now: number): Markup {
  const ends = sortedComponents(report)
    .flatMap(({ name, certificatesEnd }) => endOf(name, certificatesEnd))
    .toSorted((one, other) => one.end - other.end);
  const said = endLine(report, now).map((line) => markup`<p>${line}</p>`);
  return section("Certificates", ...said, certificateBars(ends.slice(0, most), now));
}

function endOf(name: string, text: string | undefined): readonly CertificateEnd[] {
  const end = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(end) ? [{ name, end }] : [];
}
