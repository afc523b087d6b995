// What a resource, a data source or an ephemeral resource has, as data: the schema that is told, and the type of what comes back.
import { usage } from "#shared/command-line/usage.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Unknown, Value } from "./value.ts";
import { hasUnknown, isList, isMap, unknown } from "./value.ts";

/** Values of each type, as it is written in the plugin protocol. */
type Types = {
  readonly string: string;
  readonly bool: boolean;
  readonly number: number;
  readonly strings: readonly string[];
  readonly "map of string": Readonly<Record<string, string>>;
  readonly "map of number": Readonly<Record<string, number>>;
  readonly "map of strings": Readonly<Record<string, readonly string[]>>;
};
export type TypeName = keyof Types;

const inProtocol: Readonly<Record<TypeName, unknown>> = {
  string: "string",
  bool: "bool",
  number: "number",
  strings: ["list", "string"],
  "map of string": ["map", "string"],
  "map of number": ["map", "number"],
  "map of strings": ["map", ["list", "string"]],
};

export type Attribute = {
  readonly type: TypeName;
  /** `defaulted`: a person may say it, else it is computed. */
  readonly from: "required" | "optional" | "defaulted" | "computed";
  readonly isSensitive?: true;
  /** Given with each plan and apply, and in neither plan nor state. */
  readonly isWriteOnly?: true;
  readonly description: string;
};
export type Attributes = Readonly<Record<string, Attribute>>;

/** A value of each attribute; null where there is none, unknown where it, or anything in it, is not known yet. */
export type Row<A extends Attributes> = { readonly [Name in keyof A]: Types[A[Name]["type"]] | null | Unknown };
/** What is told: single entries may be unknown. */
export type Told<A extends Attributes> = { readonly [Name in keyof A]: Value };

export function typeBytes(type: TypeName): Uint8Array {
  return Buffer.from(JSON.stringify(inProtocol[type]));
}

/** The message `Schema`. */
export function schemaOf(attributes: Attributes, description: string): object {
  const rows = Object.entries(attributes).map(
    ([name, { type, from, isSensitive, isWriteOnly, description: words }]) => ({
      name,
      type: typeBytes(type),
      description: words,
      required: from === "required",
      optional: from === "optional" || from === "defaulted",
      computed: from === "computed" || from === "defaulted",
      sensitive: isSensitive === true,
      write_only: isWriteOnly === true,
    }),
  );
  return {
    version: 0,
    block: { version: 0, attributes: rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)), description },
  };
}

/**
 * Undefined for null, which is no object. Throws INTERNAL_USAGE for a list with a null in it, which its type allows, and INTERNAL_BUG for a
 * value of another type: whoever calls checks by the schema.
 */
export function rowOf<A extends Attributes>(value: Value, attributes: A): Row<A> | undefined {
  if (value === null) return undefined;
  if (!isMap(value)) throw mismatch("an object");
  const entries = Object.entries(attributes).map(([name, { type }]) => {
    const found = ownValue(value, name) ?? null;
    return [name, found === null ? null : hasUnknown(found) ? unknown : checked(found, type, name)];
  });
  // an entry for each attribute, each checked by its type
  return Object.fromEntries(entries) as Row<A>;
}

/** All attributes null. */
export function emptyRow<A extends Attributes>(attributes: A): Row<A> {
  return Object.fromEntries(Object.keys(attributes).map((name) => [name, null])) as Row<A>;
}

function checked(value: Value, type: TypeName, name: string): Value {
  // numbers that neither 64 bits nor a float can hold come as text
  const plain = type === "number" && (typeof value === "string" || typeof value === "bigint") ? Number(value) : value;
  if (isList(plain) && plain.includes(null)) throw usage(name, "one of its values is null");
  if (!fits(plain, type)) throw mismatch(`${name} as ${type}`);
  return plain;
}

function fits(value: Value, type: TypeName): boolean {
  switch (type) {
    case "string":
    case "number":
      return typeof value === type;
    case "bool":
      return typeof value === "boolean";
    case "strings":
      return isList(value) && value.every((each) => fits(each, "string"));
    case "map of string":
      return isMapOf(value, "string");
    case "map of number":
      return isMapOf(value, "number");
    case "map of strings":
      return isMapOf(value, "strings");
  }
}

function isMapOf(value: Value, type: TypeName): boolean {
  return isMap(value) && Object.values(value).every((each) => fits(each, type));
}

function mismatch(wanted: string): FlexkubeError {
  return new FlexkubeError("INTERNAL_BUG", "a value does not fit its schema", { reason: `wanted ${wanted}` });
}
