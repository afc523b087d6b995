// A schema's word on a document, also where more is wrong than its library can gather.
import type * as z from "zod";
import { valueAt } from "./path.ts";

type Issues = readonly z.core.$ZodIssue[];

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  /** `isPart`: there are too many to count, and these are of the first entries of each list and map. */
  | { readonly ok: false; readonly issues: Issues; readonly isPart: boolean };

/** Cut to these, a document that may be parsed has fewer problems than can be gathered. No map of ours has as many fields. */
export const firstEntries = 40;

export function checkBySchema<Schema extends z.ZodType>(schema: Schema, raw: unknown): Checked<z.output<Schema>> {
  try {
    const result = schema.safeParse(raw);
    return result.success
      ? { ok: true, value: result.data }
      : { ok: false, issues: result.error.issues, isPart: false };
  } catch (error) {
    // It hands problems on as arguments of a call, and some hundred thousand fill the stack; how deep a document may be is bounded before.
    if (!(error instanceof RangeError)) throw error;
    const cut = beginningOf(raw);
    const issues = schema.safeParse(cut).error?.issues ?? [];
    return {
      ok: false,
      issues: issues.filter(({ path }) => valueAt(cut, path) !== undefined || valueAt(raw, path) === undefined),
      isPart: true,
    };
  }
}

function beginningOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, firstEntries).map(beginningOf);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).slice(0, firstEntries);
  return Object.fromEntries(entries.map(([key, each]) => [key, beginningOf(each)]));
}
