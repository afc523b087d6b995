// Keys that JavaScript keeps for itself. The schema library drops them without a word, so they are found before it looks.
import type { Finding } from "./finding.ts";
import type { Path } from "./path.ts";

const prototypeKey = "__proto__";

/** Each with its path; what the document holds twice by an alias is told once. */
export function foreignKeys(raw: unknown): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<object>();
  const waiting: { readonly value: unknown; readonly path: Path }[] = [{ value: raw, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const isList = Array.isArray(value);
    for (const [key, each] of Object.entries(value)) {
      const at = [...path, isList ? Number(key) : key];
      if (key === prototypeKey && !isList)
        findings.push({
          path: at,
          at: "key",
          problem: `${prototypeKey} cannot be a name`,
          hint: "JavaScript keeps this word for itself; choose another one",
        });
      if (typeof each === "object" && each !== null) waiting.push({ value: each, path: at });
    }
  }
  return findings;
}
