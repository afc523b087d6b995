// The generated JSON Schemas and the field reference are those of the present schemas.
// UPDATE_GENERATED=1 writes them anew.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fieldsTable, undescribedFields } from "./fields-table.ts";
import { clusterJsonSchema, hostJsonSchema } from "./json-schema.ts";

const directory = join(import.meta.dirname, "generated");
const files: Readonly<Record<string, string>> = {
  "cluster.schema.json": `${JSON.stringify(clusterJsonSchema(), undefined, 2)}\n`,
  "host.schema.json": `${JSON.stringify(hostJsonSchema(), undefined, 2)}\n`,
  "fields.md": `# Fields
Generated from the schemas in this folder; a test fails when it is stale. Fields of \`overrides.<host>\` are those of their section.

## Cluster config
${fieldsTable(clusterJsonSchema())}

## Host config
${fieldsTable(hostJsonSchema())}
`,
};

for (const [name, text] of Object.entries(files))
  test(`generated/${name} says what the schemas say`, async () => {
    const file = join(directory, name);
    if (process.env["UPDATE_GENERATED"] === "1") {
      await mkdir(directory, { recursive: true });
      await writeFile(file, text);
    }

    assert.equal(
      await readFile(file, "utf8"),
      text,
      "run UPDATE_GENERATED=1 node --test shared/schema/generated.io.test.ts",
    );
  });

test("every field of both documents has a description", () => {
  assert.deepEqual(undescribedFields(clusterJsonSchema()), []);
  assert.deepEqual(undescribedFields(hostJsonSchema()), []);
});
