// What tells two host configs of one generation apart: a digest of what the text says, without what the number says.
import { canonical, contentDigest } from "#shared/canonical.ts";
import { parseYaml } from "#shared/document/parse-yaml.ts";

/**
 * 64 hex digits, keyed, since the config has secrets and this stands in labels. Of the document as it was written, not of what a
 * schema makes of it: no default of another version changes it. All counts but generation and the machine's address.
 */
export function contentKey(text: string, hashKey: string | undefined): string {
  const { raw } = parseYaml(text, "");
  const fields = typeof raw === "object" && raw !== null ? Object.entries(raw) : [];
  const content = Object.fromEntries(fields.filter(([key]) => key !== "generation" && key !== "address"));
  return contentDigest(canonical(content), hashKey);
}
