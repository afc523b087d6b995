// What the schema library says, in our words. Values are shown only where they can be no secret.
import type * as z from "zod";
import type { Finding } from "./finding.ts";
import { valueAt } from "./path.ts";
import type { Path } from "./path.ts";
import { keysAt } from "./keys-at.ts";
import { nearest, suggestion } from "#shared/nearest.ts";
import { foundInstead, numberHint } from "./found-instead.ts";
import type { Source } from "./source.ts";

type Context = {
  readonly raw: unknown;
  readonly schema: z.core.$ZodType;
  /** Of the document's text, where there is one. */
  readonly numberAt?: Source["numberAt"];
};

/** `written`: a number as it is in the text. */
type Place = { readonly value: unknown; readonly path: Path; readonly written: string | undefined };

/** One finding per unknown key, else one per issue. */
export function findingsOfIssue(issue: z.core.$ZodIssue, context: Context): readonly Finding[] {
  const path = issue.path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment));
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(context.schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      problem: "unknown key",
      hint: suggestion(key, known),
      at: "key",
    }));
  }
  if (issue.code === "invalid_key") {
    const [ours] = issue.issues.filter((each) => each.code === "custom");
    if (ours !== undefined) return [{ path, problem: ours.message, ...ourHint(ours), at: "key" }];
    const reason = issue.issues.map((each) => each.message).join("; ");
    return [{ path, problem: `${shown(path.at(-1), path)} cannot be a key here`, hint: reason, at: "key" }];
  }
  if (issue.code === "invalid_union") {
    // the branch whose kind the value has says what is wrong inside of it
    const inside = issue.errors.find((branch) => branch.length > 0 && branch.every((each) => each.path.length > 0));
    if (inside !== undefined)
      return inside.flatMap((each) => findingsOfIssue({ ...each, path: [...issue.path, ...each.path] }, context));
  }
  const value = valueAt(context.raw, path);
  return [value === undefined ? missing(path) : { path, ...wording(issue, placeOf(value, path, context)) }];
}

function placeOf(value: unknown, path: Path, { numberAt }: Context): Place {
  const written = typeof value === "number" ? (numberAt?.(path) ?? String(value)) : undefined;
  // a secret is never shown
  return { value, path, written: isSecret(path) ? undefined : written };
}

function missing(path: Path): Finding {
  return { path, problem: "required, but missing", at: "key" };
}

function wording(issue: z.core.$ZodIssue, place: Place): { readonly problem: string; readonly hint?: string } {
  const { value, path } = place;
  switch (issue.code) {
    case "invalid_type":
      return typeWording([issue.expected], place);
    case "invalid_value":
      if (issue.values.length === 1)
        return { problem: `must be ${String(issue.values[0])}, found ${shown(value, path)}` };
      return {
        problem: `${shown(value, path)} is not one of ${issue.values.map((each) => (each === "" ? '""' : String(each))).join(", ")}`,
        ...valueHint(value, issue.values.map(String)),
      };
    case "invalid_union": {
      const sized = issue.errors.flat().find(({ code, path: at }) => code.startsWith("too_") && at.length === 0);
      if (sized !== undefined) return wording(sized, place);
      const kinds = issue.errors.flat().flatMap((each) => (each.code === "invalid_type" ? [each.expected] : []));
      if (isInfinite(value)) return typeWording(kinds, place);
      const expected = issue.message === "Invalid input" ? branchesOf(issue.errors.flat(), value) : issue.message;
      return typeof value === "string"
        ? { problem: `${shown(value, path)} is not valid here`, hint: `expected ${expected}` }
        : { problem: `expected ${expected}, found ${kindOf(value)}`, ...typeHint("string", value) };
    }
    case "invalid_format":
      return {
        problem: `${shown(value, path)} is not valid here`,
        hint: `expected ${issue.message.replace(/^Invalid string: /, "text that ")}`,
      };
    case "too_big":
    case "too_small":
      if (value === "") return { problem: "it is empty" };
      return {
        problem: `${issue.message.replace(/^Too (big|small): expected (\w+) to (be|have)/, "too $1: must $3")}${place.written === undefined ? "" : `, found ${place.written}`}`,
      };
    case "custom":
      return { problem: issue.message, ...ourHint(issue) };
    case "not_multiple_of":
      return { problem: `${place.written ?? shown(value, path)} is too fine: in steps of ${issue.divisor}` };
    default:
      return { problem: issue.message };
  }
}

/** A number, or what stands where one is wanted, is shown as it was written. */
function typeWording(
  kinds: readonly string[],
  { value, path, written }: Place,
): { readonly problem: string; readonly hint?: string } {
  const number = kinds.find((each) => each === "number" || each === "int");
  const wanted = [...new Set(kinds.map(named))].join(" or ");
  if (number === undefined) {
    const found = isInfinite(value) ? (written ?? kindOf(value)) : kindOf(value);
    return { problem: `expected ${wanted}, found ${found}`, ...typeHint(kinds[0] ?? "", value) };
  }
  const found = isSecret(path) ? undefined : foundInstead(value, written);
  return {
    problem: `expected ${isInfinite(value) && number === "number" ? "a finite number" : wanted}, found ${found ?? kindOf(value)}`,
    ...(typeof value === "string" ? numberHint(value) : typeHint(number, value)),
  };
}

function isInfinite(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

/** What the branches of a union take: their words for a value of the right kind, else their kinds. */
function branchesOf(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  const fitting = issues.filter((each) => each.code !== "invalid_type");
  const told = typeof value === "string" && fitting.length > 0 ? fitting : issues;
  const words = told.map((each) => (each.code === "invalid_type" ? named(each.expected) : each.message));
  return [...new Set(words)].join(typeof value === "string" ? ", or " : " or ");
}

/** The hint of a rule of ours (domain.ts). */
function ourHint(issue: z.core.$ZodIssueCustom): { readonly hint?: string } {
  const hint: unknown = issue.params?.["hint"];
  return typeof hint === "string" ? { hint } : {};
}

function valueHint(value: unknown, known: readonly string[]): { readonly hint?: string } {
  const near = nearest(String(value), known);
  return near === undefined ? {} : { hint: `did you mean ${near}?` };
}

function typeHint(expected: string, value: unknown): { readonly hint?: string } {
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean"))
    return { hint: "write it in quotes" };
  if (value === null) return { hint: "give it a value or remove the key" };
  return {};
}

const names: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

function named(type: string): string {
  return names[type] ?? type;
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return value instanceof Uint8Array ? "binary data" : "a map";
  return named(typeof value);
}

/** The value in quotes when it is short and stands outside of `secrets`. */
function shown(value: unknown, path: Path): string {
  const text = JSON.stringify(value) ?? "the value";
  return isSecret(path) || text.length > 80 ? "the value" : text;
}

/** Where the name of a secret belongs, or a public key, and people write the secret itself. */
const beside: ReadonlySet<unknown> = new Set(["password", "secret", "recipient"]);

/** A secret, or where its name belongs and people write it itself. */
function isSecret(path: Path): boolean {
  return path[0] === "secrets" || beside.has(path.at(-1));
}
