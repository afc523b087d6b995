// What will need the operator's attention before long: CAs near their end, clocks that are wrong.
import { durationMs } from "#shared/duration.ts";
import type { Problem } from "#shared/errors.ts";
import type { Authority } from "./authority.ts";
import { timeText } from "./certificate.ts";
import type { Leaf } from "./leaf.ts";
import type { CertificateRequest } from "./types.ts";

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

/** A leaf that should be renewed and cannot be, because the CA's key is held elsewhere. */
export function renewalWarning(leaf: Leaf, authority: Authority): Problem {
  return {
    path: "",
    file: leaf.files.certificate,
    problem: `The certificate should be renewed, but the key of its CA is not at ${authority.keyFile}.`,
    hint: "Have it issued where the CA's key is held, and put certificate and key here.",
  };
}
