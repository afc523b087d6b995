// No bare text and no bare map in what people write: each is of a named domain. A new field with a bare type fails here.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as z from "zod";
import { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { domain, domainOf, withRules } from "./domain.ts";
import { HostConfig } from "#shared/schema/host-config.ts";
import { PlannerState } from "#shared/schema/planner-state.ts";
import { ruled } from "#shared/schema/ruled.ts";

/** Paths of texts, and of maps with free keys, that are of no domain. */
function bareIn(schema: unknown, path: string): readonly string[] {
  assert.ok(schema instanceof z.ZodType, path);
  if (domainOf(schema) !== undefined) return [];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return bareIn(schema.def.innerType, path);
  if (schema instanceof z.ZodArray) return bareIn(schema.def.element, `${path}[]`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => bareIn(option, path));
  if (schema instanceof z.ZodRecord)
    return [...bareIn(schema.def.keyType, `${path} (key)`), ...bareIn(schema.def.valueType, `${path}.<name>`)];
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, field]) => bareIn(field, path === "" ? key : `${path}.${key}`));
  if (schema instanceof z.ZodString) return [`${path}: bare text`];
  const isClosed = [z.ZodEnum, z.ZodLiteral, z.ZodNumber, z.ZodBoolean].some((type) => schema instanceof type);
  return isClosed ? [] : [`${path}: a type that the walk does not know`];
}

/** Paths of texts whose form is told in the schema library's words. A beginning that is asked for is put into ours. */
function wordlessIn(schema: unknown, path: string): readonly string[] {
  if (!(schema instanceof z.ZodType)) return [];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return wordlessIn(schema.def.innerType, path);
  if (schema instanceof z.ZodArray) return wordlessIn(schema.def.element, `${path}[]`);
  if (schema instanceof z.ZodRecord)
    return [...wordlessIn(schema.def.keyType, `${path} (key)`), ...wordlessIn(schema.def.valueType, `${path}.<name>`)];
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, field]) => wordlessIn(field, `${path}.${key}`));
  // a union says for all of its branches what is expected
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodURL)) return [];
  return [schema, ...(schema.def.checks ?? [])].flatMap(({ _zod: rule }) => {
    const def: object = rule.def;
    const isForm = "check" in def && def.check === "string_format" && "format" in def && def.format !== "starts_with";
    return isForm && !("error" in def && def.error !== undefined) ? [`${path}: ${String(def.format)}`] : [];
  });
}

for (const [name, schema] of Object.entries({ ClusterConfig, HostConfig, PlannerState })) {
  test(`${name} has no bare text and no bare map`, () => {
    assert.deepEqual(bareIn(schema, ""), []);
  });

  test(`${name} says what form it expects of each text`, () => {
    assert.deepEqual(wordlessIn(schema, ""), []);
  });
}

test("the walk finds bare texts, keys of maps, and what it does not know", () => {
  const schema = z.strictObject({
    a: z.array(z.string()).optional(),
    b: z.record(z.string(), z.int()).default({}),
    c: z.union([z.literal("x"), z.string().regex(/x/)]),
    d: z.any(),
    e: domain("word", z.string()),
  });

  assert.deepEqual(bareIn(schema, ""), [
    "a[]: bare text",
    "b (key): bare text",
    "c: bare text",
    "d: a type that the walk does not know",
  ]);
});

describe("rules of a domain", () => {
  const Even = domain("even text", z.string(), (text) =>
    text.length % 2 === 0 ? undefined : { problem: "odd", hint: "add a letter" },
  );
  const messages = (schema: z.ZodType, value: unknown): readonly string[] =>
    schema.safeParse(value).error?.issues.map(({ message, path }) => `${path.join(".")}: ${message}`) ?? [];

  test("hold only where the schema is ruled, wherever the type stands in it", () => {
    const schema = z.strictObject({
      list: z.array(z.strictObject({ word: Even.default("xy") })).optional(),
      map: z.record(Even, Even).prefault({}),
      either: Even.or(z.int()).optional().meta({ description: "Either." }),
    });
    const value = { list: [{ word: "a" }, {}], map: { ab: "b" }, either: "c" };

    assert.deepEqual(messages(schema, value), []);
    assert.deepEqual(messages(ruled(schema), value), ["list.0.word: odd", "map.ab: odd", "either: odd"]);
    assert.deepEqual(ruled(schema).parse({ list: [{}] }), { list: [{ word: "xy" }], map: {} });
  });

  test("stay with a copy that has a description or a further check", () => {
    const copies = [Even.meta({ description: "Text." }), Even.max(9)];

    assert.deepEqual(
      copies.map((copy) => [domainOf(copy), ...messages(withRules(copy), "a")]),
      [
        ["even text", ": odd"],
        ["even text", ": odd"],
      ],
    );
  });

  test("say nothing of a value that has not the type's shape", () => {
    const Word = domain("word", z.string().regex(/^[a-z]*$/), () => ({ problem: "never good" }));

    assert.match(messages(withRules(Word), "1").join(), /pattern/);
    assert.deepEqual(messages(withRules(Word), "a"), [": never good"]);
  });

  test("keep refinements of objects in lists", () => {
    const Pair = z.strictObject({ a: Even, b: Even }).refine(({ a, b }) => a === b, "not alike");

    assert.deepEqual(messages(ruled(z.array(Pair)), [{ a: "aa", b: "bb" }]), ["0: not alike"]);
  });
});
