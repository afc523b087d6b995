// The administrator's kubeconfig of a state: made anew only when the former one no longer leads there or is about to end.
import { X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { textAt } from "#shared/json-fields.ts";
import { kubeconfigCommand } from "#planner/cli/kubeconfig.ts";
import { parseOptions } from "#planner/cli/parse-options.ts";
import { lifeOf } from "#planner/pki/certificate.ts";
import type { Ground } from "./open-ground.ts";

const life = "8760h";
/** Of its life that must be left. */
const share = 1 / 3;

/** Of the keys that the ground has now. Throws INTERNAL_USAGE and PKI_*. */
export async function kubeconfigFor(
  { effects, file, directories }: Ground,
  prior: string | undefined,
): Promise<string> {
  const parts: string[] = [];
  const options = parseOptions(["kubeconfig", file, "--pki", directories.pki, "--expires", life]);
  await kubeconfigCommand(options, { ...effects, print: (part) => void parts.push(part) });
  const made = parts.join("");
  return prior !== undefined && isGood(prior, made, effects.clock.now()) ? prior : made;
}

/** Leads to the same cluster as the new one, as the same user, for long enough. */
function isGood(prior: string, made: string, now: number): boolean {
  const [before, after] = [partsOf(prior), partsOf(made)];
  if (before === undefined || after === undefined) return false;
  const isSame = before.server === after.server && before.ca === after.ca && before.context === after.context;
  const { notBefore, notAfter } = lifeOf(new X509Certificate(Buffer.from(before.certificate, "base64")));
  return isSame && notAfter - now > (notAfter - notBefore) * share;
}

type Parts = Readonly<Record<"server" | "ca" | "context" | "certificate", string>>;

/** Of a text that `kubeconfig` has made; undefined for another. */
function partsOf(text: string): Parts | undefined {
  const document: unknown = parse(text);
  const first = (list: string, ...keys: readonly string[]): string => textAt(document, list, "0", ...keys);
  const parts = {
    server: first("clusters", "cluster", "server"),
    ca: first("clusters", "cluster", "certificate-authority-data"),
    context: textAt(document, "current-context"),
    certificate: first("users", "user", "client-certificate-data"),
  };
  return Object.values(parts).includes("") ? undefined : parts;
}
