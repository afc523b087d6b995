// The reference of all fields of a document as a Markdown table.
import type { JsonSchema } from "./json-schema.ts";

type Field = { readonly path: string; readonly type: string; readonly default: string; readonly description: string };

/** One row a field, in the order of the schema; `<name>` stands for a key of a map, `[]` for an item of a list. */
export function fieldsTable(schema: JsonSchema): string {
  const rows = fieldsOf(schema, "", false).map(
    (field) => `| \`${field.path}\` | ${field.type} | ${field.default} | ${field.description} |`,
  );
  return ["| field | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** Fields whose description is missing. */
export function undescribedFields(schema: JsonSchema): readonly string[] {
  return fieldsOf(schema, "", false)
    .filter(({ description }) => description === "")
    .map(({ path }) => path);
}

function fieldsOf(schema: JsonSchema, path: string, isRequired: boolean): readonly Field[] {
  // the fields of an override are those of its section
  if (path.endsWith(".overrides.<name>")) return [];
  const own = path === "" || /(\[\]|<name>)$/.test(path) ? [] : [fieldOf(schema, path, isRequired)];
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    fieldsOf(asSchema(child), path === "" ? key : `${path}.${key}`, schema.required?.includes(key) ?? false),
  );
  const items = asSchema(schema.items);
  const values = asSchema(schema.additionalProperties);
  return [
    ...own,
    ...properties,
    ...(hasFields(items) ? fieldsOf(items, `${path}[]`, false) : []),
    ...(hasFields(values) ? fieldsOf(values, `${path}.<name>`, false) : []),
  ];
}

function fieldOf(schema: JsonSchema, path: string, isRequired: boolean): Field {
  const text = isRequired ? "required" : schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
  return { path, type: typeOf(schema), default: escaped(text), description: escaped(schema.description ?? "") };
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => (value === "" ? "(empty)" : String(value))).join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map((each) => typeOf(asSchema(each))))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(asSchema(schema.items))}`;
  if (schema.type === "object")
    return schema.properties === undefined ? `map of ${typeOf(asSchema(schema.additionalProperties))}` : "map";
  return typeof schema.type === "string" ? (names[schema.type] ?? schema.type) : "any";
}

const names: Readonly<Record<string, string>> = { string: "text", integer: "whole number", boolean: "true or false" };

function hasFields(schema: JsonSchema): boolean {
  return schema.properties !== undefined || asSchema(schema.additionalProperties).properties !== undefined;
}

/** The schema itself where the library's type allows more. */
function asSchema(value: JsonSchema["items"] | JsonSchema["additionalProperties"]): JsonSchema {
  return typeof value === "object" && !Array.isArray(value) ? value : {};
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
