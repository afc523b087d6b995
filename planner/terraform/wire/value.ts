// Values of configs and states as they travel: MessagePack, with an extension for what is not known yet.
import { decode, encode, ExtData, ExtensionCodec } from "@msgpack/msgpack";

/** What will be known only when the change is applied. */
export const unknown: unique symbol = Symbol("unknown");
export type Unknown = typeof unknown;
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Unknown
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A value in a message; one of the two is filled. */
export type DynamicValue = { readonly msgpack?: Uint8Array | undefined; readonly json?: Uint8Array | undefined };

/** 0 says nothing more; 12 says besides what the value will surely be like, which is of no use here. */
const unknownTypes = [0, 12] as const;
const unknownData = new ExtData(0, new Uint8Array([0]));

const reading = new ExtensionCodec();
for (const type of unknownTypes) reading.register({ type, encode: () => null, decode: () => unknown });
const writing = new ExtensionCodec();

/** Null for what is not there. Throws for bytes that are no value. */
export function readValue(value: DynamicValue | null | undefined): Value {
  const { msgpack, json } = value ?? {};
  if (msgpack !== undefined && msgpack.length > 0)
    return narrowed(decode(msgpack, { extensionCodec: reading, useBigInt64: true }));
  if (json !== undefined && json.length > 0) return narrowed(JSON.parse(Buffer.from(json).toString("utf8")));
  return null;
}

export function writeValue(value: Value): DynamicValue {
  return { msgpack: encode(widened(value), { extensionCodec: writing, useBigInt64: true }) };
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True when it is unknown, or has something unknown in it. */
export function hasUnknown(value: Value): boolean {
  if (value === unknown) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/** 64-bit numbers become plain ones where that loses nothing. */
function narrowed(found: unknown): Value {
  switch (typeof found) {
    case "bigint":
      return BigInt(Number(found)) === found && Number.isSafeInteger(Number(found)) ? Number(found) : found;
    case "boolean":
    case "number":
    case "string":
      return found;
    case "symbol":
      return unknown;
    case "object":
      if (found === null) return null;
      if (Array.isArray(found)) return found.map(narrowed);
      return Object.fromEntries(Object.entries(found).map(([key, value]) => [key, narrowed(value)]));
    default:
      throw new TypeError(`a value of the kind ${typeof found}`);
  }
}

function widened(value: Value): unknown {
  if (value === unknown) return unknownData;
  if (isList(value)) return value.map(widened);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, widened(each)])) : value;
}
