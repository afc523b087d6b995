// Boot documents know which options an agent's loop takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { flags, levels, logFormats, only } from "#agent/cli/options.ts";
import { agentOptions } from "#planner/boot/agent-words.ts";

const values: Readonly<Record<string, readonly string[]>> = { "log-level": levels, "log-format": logFormats };

test("further options of a boot document's agent are those of run, but for what the document says itself", () => {
  const taken = Object.entries(flags)
    .filter(([name]) => only[name]?.includes("run") ?? true)
    .filter(([name]) => !["help", "version", "host", "config"].includes(name))
    .map(([name, { type }]) => [`--${name}`, values[name] ?? (type === "string" ? "value" : "word")] as const);

  assert.deepEqual(Object.fromEntries(taken), Object.fromEntries(agentOptions));
});
