// What both programs print as data calls the same thing by the same name, as planner/output/README.md says: every field of every schema.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { agentOutputs } from "#agent/output/outputs.ts";
import { plannerOutputs } from "#planner/output/outputs.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";
import type { OutputSchemas } from "#shared/output/output-schema.ts";
import type { JsonSchema } from "#shared/schema/json-schema.ts";

type Field = { readonly name: string; readonly place: string; readonly type: string; readonly description: string };

const fields = { planner: allFields("planner", plannerOutputs), agent: allFields("agent", agentOutputs) };
const both = [...fields.planner, ...fields.agent];

/** The same word for two things: README.md says why. */
const twoMeanings = ["backups", "before", "details", "done", "leaves", "members", "restarts", "secrets", "warnings"];

/** What has a name already, and what it would be called otherwise. */
const names: Readonly<Record<string, RegExp>> = {
  host: /^(?:host_?name|machine|server|nodeName)$/i,
  cluster: /^clusterName$/,
  generation: /^(?:epoch|serial|configGeneration|currentGeneration)$/,
  component: /^(?:service|componentName|part)$/,
  container: /^(?:containerName|containerId)$/,
  ends: /^(?:expires|expiry|expiresAt|notAfter|validUntil|end|endsAt)$/,
  issued: /^(?:notBefore|issuedAt|validFrom)$/,
  certificatesEnd: /^(?:certificatesEnds?At|firstEnd|certificateEnd|certificatesExpire)$/,
  renewalDue: /^(?:due|renewAt|renewalAt|renewAfter)$/,
  problem: /^(?:fault|issue|trouble|msg)$/,
  hint: /^(?:fix|remedy|advice|todo)$/,
  cause: /^(?:why|because)$/,
  file: /^(?:fileName|filePath|filename)$/,
  line: /^(?:row|lineNumber)$/,
  at: /^(?:time|timestamp|date|now)$/,
  bytes: /^(?:size|length|sizeInBytes)$/,
  sha256: /^(?:checksum|hash|digest|sha256sum)$/,
  agentVersion: /^(?:agent|versionOfAgent)$/,
  writtenAt: /^(?:written|reportedAt|reportTime)$/,
};

function allFields(program: string, schemas: OutputSchemas): readonly Field[] {
  return Object.entries(schemas).flatMap(([command, schema]) =>
    fieldsIn(outputJsonSchema(`flexkube-${program}`, command, schema), `${program} ${command}`),
  );
}

function fieldsIn(schema: JsonSchema | boolean, place: string): readonly Field[] {
  if (typeof schema === "boolean") return [];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, each]): readonly Field[] => {
    if (typeof each === "boolean") return [];
    const field = { name, place: `${place}.${name}`, type: typeOf(each), description: each.description ?? "" };
    return [field, ...fieldsIn(each, field.place)];
  });
  const within = [schema.items, ...(schema.anyOf ?? [])].flatMap((each) =>
    each === undefined || Array.isArray(each) ? [] : fieldsIn(each, place),
  );
  return [...own, ...within];
}

/** Of a list, what it is of; whole numbers are numbers. */
function typeOf({ type, items }: JsonSchema): string {
  const word = type === "integer" ? "number" : String(type);
  const each = typeof items === "object" && !Array.isArray(items) ? ` of ${typeOf(items)}` : "";
  return `${word}${each}`;
}

function namesIn(all: readonly Field[]): ReadonlySet<string> {
  return new Set(all.map(({ name }) => name));
}

test("a name has one type wherever it stands, but those that README.md lists with the reason", async () => {
  const readme = await readFile(join(import.meta.dirname, "../planner/output/README.md"), "utf8");
  const types = Map.groupBy(both, ({ name }) => name);
  const differing = [...types].filter(([, all]) => new Set(all.map(({ type }) => type)).size > 1).map(([name]) => name);

  assert.deepEqual(
    differing.filter((name) => !twoMeanings.includes(name)),
    [],
  );
  for (const name of twoMeanings) {
    assert.ok(types.has(name), `${name} is no field any more`);
    assert.match(readme, new RegExp(`^\\| \`${name}\` \\|`, "m"));
  }
});

test("what both programs tell of has these names in both", () => {
  const agents = namesIn(fields.agent);
  const shared = [...namesIn(fields.planner)].filter((name) => agents.has(name)).toSorted();

  assert.deepEqual(
    shared.join(" "),
    "agentVersion at before bytes cause certificatesEnd cluster clusterId code column commit directory etcdMembers file " +
      "generation hint host leaves line name ok path plan problem problems program release renewalDue restarts result " +
      "sha256 token version warnings writtenAt",
  );
});

test("nothing that has a name is called otherwise", () => {
  for (const [name, others] of Object.entries(names)) {
    assert.ok(
      both.some((field) => field.name === name),
      name,
    );
    assert.deepEqual(
      both.filter((field) => others.test(field.name)).map(({ place }) => place),
      [],
      `that is \`${name}\``,
    );
  }
});

test("a name's end says what it is: a time, a length of time, a size, a version, yes or no", () => {
  const ends: readonly (readonly [RegExp, string, RegExp])[] = [
    [
      /(?:At|Since)$|^(?:at|since|ends|issued|until|renewalDue|certificatesEnd|certificatesUntil)$/,
      "string",
      /RFC 3339|When/,
    ],
    [/Ms$/, "number", /millisecond|[Ff]or how long/],
    [/Bytes$|^bytes$/, "number", /[Ss]ize/],
    [/.Version$/, "string", /[Vv]ersion|kubelet/],
    [/^is[A-Z]/, "boolean", /Whether/],
    [/^(?:sha256|token|host|cluster|component|container|file|path|code|cause|hint|reason)$/, "string", /./],
    [/^(?:generation|line|column|revision)$|[a-z]Generation$/, "number", /./],
  ];
  for (const [end, type, words] of ends) {
    const meant = both.filter(({ name }) => end.test(name));
    assert.ok(meant.length > 0, String(end));
    for (const field of meant) {
      assert.equal(field.type, type, field.place);
      assert.match(field.description, words, field.place);
    }
  }
});
