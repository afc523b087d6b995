// Whether what a command has printed is what its schema says: nothing is missing, and nothing is there that no schema tells of.
import assert from "node:assert/strict";
import type { OutputSchemas } from "../output-schema.ts";

/** `text` is one JSON value, or one on each line; the last word of a message is the command. */
export function checkOutput(schemas: OutputSchemas, command: string, text: string): void {
  const schema = schemas[command];
  assert.ok(schema !== undefined, `what ${command} prints as data has no schema`);
  for (const value of valuesIn(text)) checkValue(schema, value, command);
}

function checkValue(schema: OutputSchemas[string], value: unknown, command: string): void {
  const parsed = schema.safeParse(value);
  assert.ok(parsed.success, `${command}: ${parsed.error?.message}`);
  // the library leaves out what it does not know
  assert.deepEqual(parsed.data, value, command);
}

export function valuesIn(text: string): readonly unknown[] {
  const lines = text.trimEnd().split("\n");
  const isLines = lines.length > 1 && lines.every((line) => line.startsWith("{") && line.endsWith("}"));
  return (isLines ? lines : text === "" ? [] : [text]).map((each): unknown => JSON.parse(each));
}
