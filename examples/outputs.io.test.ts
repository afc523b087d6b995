// The JSON Schemas that are kept of what both programs print as data are those of the present outputs, and tell of every field.
// UPDATE_GENERATED=1 writes them anew.
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { agentOutputs } from "#agent/output/outputs.ts";
import { plannerOutputs } from "#planner/output/outputs.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";
import type { OutputSchemas } from "#shared/output/output-schema.ts";
import { undescribedFields } from "#shared/schema/fields-table.ts";

const root = join(import.meta.dirname, "..");

const programs: Readonly<Record<"planner" | "agent", OutputSchemas>> = {
  planner: plannerOutputs,
  agent: agentOutputs,
};

for (const [program, schemas] of Object.entries(programs)) {
  const directory = join(root, program, "output/generated");
  const nameOf = (command: string): string => `${command}.schema.json`;
  for (const [command, schema] of Object.entries(schemas))
    test(`${program}/output/generated/${nameOf(command)} says what the command prints, each field with its meaning`, async () => {
      const json = outputJsonSchema(`flexkube-${program}`, command, schema);
      const file = join(directory, nameOf(command));
      const text = `${JSON.stringify(json, undefined, 2)}\n`;
      if (process.env["UPDATE_GENERATED"] === "1") await writeFile(file, text);

      assert.equal(
        await readFile(file, "utf8"),
        text,
        "run UPDATE_GENERATED=1 node --test examples/outputs.io.test.ts",
      );
      for (const each of [json, ...(json.anyOf ?? [])])
        if (typeof each === "object") assert.deepEqual(undescribedFields(each), []);
    });

  test(`${program}/output/generated has no other file`, async () => {
    assert.deepEqual((await readdir(directory)).toSorted(), Object.keys(schemas).map(nameOf).toSorted());
  });
}
