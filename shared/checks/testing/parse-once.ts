// `parseHostConfig` for tests, which ask for the same texts again and again.
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { Parsed } from "#shared/document/parse-document.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { boundedMemo } from "./bounded-memo.ts";

const once = boundedMemo<Parsed<HostConfig>>(200);

/** The same as `parseHostConfig`, with a host config that nobody can change, for others get it as well. */
export function parseOnce(text: string, file: string): Parsed<HostConfig> {
  return once(`${file}\n${text}`, () => {
    const parsed = parseHostConfig(text, file);
    if (parsed.ok) freeze(parsed.value);
    return parsed;
  });
}

function freeze(value: unknown): void {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
}
