import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { outputJsonSchema } from "./output-schema.ts";
import { checkOutput } from "./testing/check-output.ts";
import { ValidateOutput } from "./validate-output.ts";
import { versionOutput, VersionOutput } from "./version-output.ts";

const schemas = { validate: ValidateOutput, version: VersionOutput };
const good = { version: 1, ok: false, problems: [{ path: "etcd", problem: "no such host", line: 3 }], warnings: [] };
const said = (value: unknown): string => `${JSON.stringify(value)}\n`;

test("an output with a field that is missing, of another type or that no schema has is found", () => {
  checkOutput(schemas, "validate", said(good));
  checkOutput(schemas, "version", said(versionOutput("flexkube-agent")));
  for (const wrong of [
    { ...good, valid: false },
    { ...good, version: 2 },
    { ...good, problems: undefined },
    { ...good, problems: [{ path: "etcd", problem: "no such host", colour: "red" }] },
  ])
    assert.throws(() => checkOutput(schemas, "validate", said(wrong)));
  assert.throws(() => checkOutput(schemas, "init", said(good)), /init prints as data has no schema/);
});

test("a JSON Schema takes what the schema takes, and fields that come later", () => {
  const schema = outputJsonSchema("flexkube-planner", "validate", ValidateOutput);
  const reader = z.fromJSONSchema(schema);

  assert.equal(schema.title, "flexkube-planner validate");
  assert.deepEqual(reader.parse({ ...good, later: 1 }), { ...good, later: 1 });
  assert.equal(reader.safeParse({ ...good, ok: "no" }).success, false);
});
