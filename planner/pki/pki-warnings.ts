// What will need the operator's attention before long: CAs near their end, clocks that are wrong.
import { durationMs } from "#shared/duration.ts";
import type { Problem } from "#shared/errors.ts";
import type { Authority } from "./authority.ts";
import { timeText } from "./certificate.ts";
import type { GivenLeaf } from "./leaf-dates.ts";
import type { JudgedLeaf } from "./leaf.ts";
import type { CertificateRequest, PreparedPki } from "./types.ts";

/** A CA near its end is never replaced by itself: everything that trusts it has to be told first. */
export function authorityWarnings(
  authority: Authority,
  requests: readonly CertificateRequest[],
  now: number,
): readonly Problem[] {
  const { notBefore, notAfter } = authority.life;
  const file = authority.certificateFile;
  const longest = Math.max(0, ...requests.map(({ validity }) => durationMs(validity)));
  if (now < notBefore)
    return [
      {
        path: "",
        file,
        problem: `The CA is valid only from ${timeText(notBefore)}.`,
        hint: "Check the clock of this machine.",
      },
    ];
  const margin = Math.max(longest, (notAfter - notBefore) / 10);
  if (now + margin <= notAfter) return [];
  const problem = `The CA ends at ${timeText(notAfter)}, and what it issues ends with it.`;
  return [
    { path: "", file, problem, hint: "Plan its rotation: hosts must trust the new CA before certificates change." },
  ];
}

/** Issued by a machine whose clock was ahead, or read by one whose clock is behind: hosts refuse them until then. */
export function notYetValidWarnings(
  leaves: readonly GivenLeaf[],
  authorities: readonly Authority[],
  now: number,
): readonly Problem[] {
  // a CA that has not begun says it for all of its own
  const begun = new Set(authorities.filter(({ life }) => life.notBefore <= now).map(({ id }) => id));
  const early = leaves.filter(
    ({ leaf: { certificate, request }, pair }) =>
      certificate?.pem === pair.certificate && begun.has(request.ca) && certificate.life.notBefore > now,
  );
  const [first] = early;
  if (first?.leaf.certificate === undefined) return [];
  const { notBefore } = first.leaf.certificate.life;
  const more = early.length === 1 ? "" : `, and ${early.length - 1} more like it`;
  return [
    {
      path: "",
      file: first.leaf.files.certificate,
      problem: `The certificate is valid only from ${timeText(notBefore)}${more}; now it is ${timeText(now)} here.`,
      hint: "Check the clock of this machine. Where it is right, another one's was ahead: remove these certificates, their keys may stay, and split again.",
    },
  ];
}

/** A leaf that should be renewed and cannot be, because the CA's key is held elsewhere. */
export function renewalWarning(leaf: JudgedLeaf, authority: Authority): Problem {
  return {
    path: "",
    file: leaf.files.certificate,
    problem: `The certificate should be renewed, but the key of its CA is not at ${authority.keyFile}.`,
    hint: "Have it issued where the CA's key is held, and put certificate and key here.",
  };
}

/** A key that was lost looks like one that is held elsewhere, so it is said each time. `directory` is that of the PKI. */
export function absentKeyWarnings(cas: PreparedPki["cas"], directory: string): readonly Problem[] {
  return [...cas].flatMap(([id, { key }]) => {
    if (key !== undefined) return [];
    const problem = "The key of this CA is not here, so none of its certificates can be issued or renewed.";
    const hint = "Where it is held elsewhere, renew them there; where it was lost, restore it from a backup.";
    return [{ path: "", file: `${directory}/${id}/ca.key`, problem, hint }];
  });
}
