// Keys that encrypt, as they stand in the PKI's file and in the document of a host config.
// Pure: it must not read, make or write anything.
import { parse } from "yaml";
import type { EncryptionKey } from "#planner/pki/encryption-keys.ts";

/** Undefined for a line that is none: `prepareEncryptionKeys` tells. */
export function keysInFile(text: string): readonly EncryptionKey[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const keys = lines.map((line) => line.trim().split(/\s+/)).map(([name = "", secret = ""]) => ({ name, secret }));
  return keys.every(({ secret }) => secret !== "") ? keys : undefined;
}

/** Keys of an EncryptionConfiguration, each once, the writing one first. */
export function keysInDocument(text: string): readonly EncryptionKey[] {
  const keys = listIn(documentIn(text), "resources")
    .flatMap((rule) => listIn(rule, "providers"))
    .flatMap((provider) => listIn(valueIn(provider, "secretbox"), "keys"))
    .flatMap((key) => {
      const [name, secret] = [valueIn(key, "name"), valueIn(key, "secret")];
      return typeof name === "string" && typeof secret === "string" ? [{ name, secret }] : [];
    });
  return [...new Map(keys.map((key) => [key.name, key])).values()];
}

function documentIn(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // an edited host config may hold anything; what cannot be read proves nothing
    return undefined;
  }
}

function valueIn(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = valueIn(value, name);
  return Array.isArray(list) ? list : [];
}
