// Lives of certificates.
import { durationMs } from "#shared/duration.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";

const shortest = "1h";

/** A life that is too short to be renewed in time, or longer than that of the CA. */
export function checkPki({ pki }: ClusterConfig): readonly Finding[] {
  const findings: Finding[] = (["validity", "caValidity"] as const)
    .filter((field) => durationMs(pki[field] ?? shortest) < durationMs(shortest))
    .map((field) => ({ path: ["pki", field], problem: "less than an hour leaves no time to renew" }));
  if (durationMs(pki.validity ?? shortest) > durationMs(pki.caValidity))
    findings.push({
      path: ["pki", "validity"],
      problem: "certificates cannot outlive their CA",
      hint: "make caValidity longer",
    });
  return findings;
}
