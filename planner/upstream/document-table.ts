// Kubernetes' configuration documents as the Go types say that the programs decode them into (documents.json, made by
// images/lab/kubernetes-documents for each supported minor version): fields, what they hold, and words that are all a field may be.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { foundInstead, numberHint } from "#shared/document/found-instead.ts";
import { suggestion } from "#shared/nearest.ts";
import { wrongFieldValue } from "./document-domains.ts";
import table from "./documents.json" with { type: "json" };
import { wrongObject } from "./object-rules.ts";
import { goDuration, quantityOf } from "./value-domains.ts";
import { ownValue } from "#shared/own-value.ts";

type Version = {
  readonly documents: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
};

const versions: Readonly<Record<string, Version>> = table;

/** What a document is: the kind, and the version that flexkube writes. */
export type DocumentKind = { readonly apiVersion: string; readonly kind: string };

/** Everything in the document that a program of 1.<minor> does not know or cannot read. `usual` is what it must be. */
export function checkDocument(
  document: Readonly<Record<string, unknown>>,
  usual: DocumentKind,
  { minor, path }: { readonly minor: number; readonly path: Path },
): readonly Finding[] {
  const version = versions[`1.${minor}`];
  if (version === undefined) return [];
  const { apiVersion = usual.apiVersion, kind = usual.kind } = document;
  if (kind !== usual.kind)
    return [
      { path: [...path, "kind"], problem: `the document is no ${usual.kind}`, hint: `write kind: ${usual.kind}` },
    ];
  const name = `${String(apiVersion)}/${usual.kind}`;
  const type = typeof apiVersion === "string" ? ownValue(version.documents, name) : undefined;
  if (type === undefined)
    return [
      {
        path: [...path, "apiVersion"],
        problem: `Kubernetes 1.${minor} reads no ${usual.kind} of this version`,
        hint: `write apiVersion: ${usual.apiVersion}`,
      },
    ];
  return judge({ ...version, minor }, `#${type}`, document, path);
}

type Known = Version & { readonly minor: number };

function judge(version: Known, word: string, value: unknown, path: Path): readonly Finding[] {
  // nothing is the field's zero
  if (value === null || value === undefined || word === "any") return [];
  if (word.startsWith("[]")) {
    if (!Array.isArray(value)) return [wrong(path, "a list")];
    return value.flatMap((item: unknown, index) => judge(version, word.slice(2), item, [...path, index]));
  }
  if (word.startsWith("map[") || word.startsWith("#")) {
    if (!isMap(value)) return [wrong(path, "a map")];
    return word.startsWith("#")
      ? judgeFields(version, word.slice(1), value, path)
      : Object.entries(value).flatMap(([key, each]) => judge(version, word.slice(4, -1), each, [...path, key]));
  }
  if (word.startsWith("enum:")) {
    const words = version.enums[word.slice(5)] ?? [];
    if (typeof value !== "string") return [wrong(path, "text")];
    return value === "" || words.includes(value)
      ? []
      : [
          {
            path,
            problem: `${JSON.stringify(value)} is not one of ${words.join(", ")}`,
            hint: suggestion(value, words),
          },
        ];
  }
  const scalar = ownValue(scalars, word);
  return scalar === undefined || scalar.holds(value) ? [] : [wrong(path, scalar.what, value)];
}

function judgeFields(
  version: Known,
  type: string,
  value: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Finding[] {
  const fields = version.types[type] ?? {};
  const found = Object.entries(value).flatMap(([field, each]): readonly Finding[] => {
    const at = [...path, field];
    const word = ownValue(fields, field);
    if (word === undefined)
      return [{ path: at, at: "key", problem: "unknown field", hint: suggestion(field, Object.keys(fields)) }];
    const inside = judge(version, word, each, at);
    if (inside.length > 0 || each === null || each === undefined) return inside;
    const fault = wrongFieldValue({ minor: version.minor, type, field }, word, each);
    return fault === undefined
      ? []
      : [{ path: [...at, ...(fault.at ?? [])], problem: fault.problem, hint: fault.hint }];
  });
  const fault = found.length > 0 ? undefined : wrongObject(type, value);
  if (fault === undefined) return found;
  return [{ path: [...path, ...(fault.at ?? [])], problem: fault.problem, hint: fault.hint }];
}

type Scalar = { readonly what: string; readonly holds: (value: unknown) => boolean };

const scalars: Readonly<Record<string, Scalar>> = {
  string: { what: "text", holds: (value) => typeof value === "string" },
  bool: { what: "true or false", holds: (value) => typeof value === "boolean" },
  int: { what: "a whole number", holds: (value) => Number.isSafeInteger(value) },
  int32: { what: "a whole number", holds: (value) => Number.isSafeInteger(value) },
  uint: { what: "a whole number from 0 on", holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0 },
  float: { what: "a number", holds: (value) => typeof value === "number" && Number.isFinite(value) },
  duration: {
    what: "a duration such as 10s or 5m, in quotes if need be",
    holds: (value) => typeof value === "string" && goDuration(value) !== undefined,
  },
  quantity: {
    what: "a quantity such as 200m or 1Gi",
    holds: (value) => typeof value === "number" || (typeof value === "string" && quantityOf(value) !== undefined),
  },
  time: { what: "a time", holds: (value) => typeof value === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/.test(value) },
};

/** What stands where a number is wanted is no secret. */
function wrong(path: Path, what: string, value?: unknown): Finding {
  const problem = `expected ${what}`;
  if (!/ number\b/.test(what)) return { path, problem };
  const found = foundInstead(value, String(value));
  return {
    path,
    problem: found === undefined ? problem : `${problem}, found ${found}`,
    ...(typeof value === "string" ? numberHint(value) : {}),
  };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
