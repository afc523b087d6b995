// `parseHostConfig` for tests, which ask for the same texts again and again.
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { Parsed } from "#shared/document/parse-document.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** By file and text, the oldest first. */
const parsedBefore = new Map<string, Parsed<HostConfig>>();
const mostKept = 200;

/** The same as `parseHostConfig`, with a host config that nobody can change, for others get it as well. */
export function parseOnce(text: string, file: string): Parsed<HostConfig> {
  const key = `${file}\n${text}`;
  const known = parsedBefore.get(key);
  if (known !== undefined) return known;
  const parsed = parseHostConfig(text, file);
  if (parsed.ok) freeze(parsed.value);
  const [oldest] = parsedBefore.size < mostKept ? [] : parsedBefore.keys();
  if (oldest !== undefined) parsedBefore.delete(oldest);
  parsedBefore.set(key, parsed);
  return parsed;
}

function freeze(value: unknown): void {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
}
