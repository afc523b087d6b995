// Words for what several fields of a document must be together.
import type { Fault } from "#shared/schema/types/domain.ts";
import { isGateOn } from "./feature-gates.ts";
import { goDuration } from "./value-domains.ts";

/** A fault with the keys that lead to the field. */
export type Relation = Fault & { readonly at: readonly (string | number)[] };
export type Fields = Readonly<Record<string, unknown>>;
export type Asked = { readonly minor: number; readonly gates: ReadonlyMap<string, boolean>; readonly fields: Fields };

/** Empty where nothing is wrong. */
export function unless(
  isGood: boolean,
  at: readonly (string | number)[],
  problem: string,
  hint?: string,
): readonly Relation[] {
  return isGood ? [] : [{ at, problem, hint }];
}

export function ns(value: unknown, otherwise: string): number {
  const given = typeof value === "string" ? goDuration(value) : undefined;
  return given === undefined || given === 0 ? (goDuration(otherwise) ?? 0) : given;
}

export function int(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function map(value: unknown): Fields {
  // what a document's table has found to be a map
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function needsGate(
  { gates, minor }: Asked,
  at: readonly (string | number)[],
  gate: string,
): readonly Relation[] {
  return unless(
    isGateOn(minor, gates, gate),
    at,
    `it needs the feature gate ${gate}`,
    `switch ${gate} on, or leave it out`,
  );
}
