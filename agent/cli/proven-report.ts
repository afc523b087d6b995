// A report for whoever carries it to the planner: with what shows that it is this host's own, and unchanged. Pure.
import { createHash } from "node:crypto";
import type { Report } from "#agent/report/report.ts";
import { configTextId, proofOf, reportKey } from "#shared/acknowledgement/report-proof.ts";
import { certificatesOf } from "#shared/certificates-of.ts";
import { parseYaml } from "#shared/document/parse-yaml.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import { numberAt, textAt, textsAt } from "#shared/json-fields.ts";
import { ownValue } from "#shared/own-value.ts";

/**
 * `inForce` is the text of the host config in force. Without a proof where that is lost, is one without a `hash-key`, or came into force
 * after the report was written.
 */
export function provenReport(report: Report, inForce: string | undefined): Report {
  const { cluster, host, generation } = report;
  if (inForce === undefined || cluster === undefined || host === undefined) return report;
  const { raw } = parseYaml(inForce, "");
  const isItsOwn =
    textAt(raw, "cluster") === cluster && textAt(raw, "host") === host && numberAt(raw, "generation") === generation;
  const secrets = textsAt(raw, "secrets");
  const hashKey = ownValue(secrets, hashKeyName);
  if (!isItsOwn || hashKey === undefined) return report;
  const said: Report = { ...report, configText: configTextId(inForce, hashKey), trust: trustOf(secrets) };
  return { ...said, proof: proofOf(said, reportKey(inForce, hashKey)) };
}

function trustOf(secrets: Readonly<Record<string, string>>): readonly string[] {
  const authorities = Object.values(secrets)
    .flatMap((text) => certificatesOf(text) ?? [])
    .filter(({ ca }) => ca);
  return [...new Set(authorities.map(({ raw }) => createHash("sha256").update(raw).digest("hex")))].toSorted();
}
