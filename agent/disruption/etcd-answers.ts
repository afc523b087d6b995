// What etcd's gateway answers, as far as the lock needs it: numbers are texts, zero values are left out.
import { FlexkubeError } from "#shared/errors.ts";

export type KeyValue = { readonly key: string; readonly value: string; readonly modRevision: string };

/** Bytes in the gateway's spelling. */
export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** The pairs of a range. */
export function rangeIn(answer: unknown): readonly KeyValue[] {
  const pairs = field(answer, "kvs");
  return Array.isArray(pairs) ? pairs.map(pairIn) : [];
}

/** A transaction's outcome, its revision, and the pairs of its ranges. */
export function txnIn(answer: unknown): {
  readonly succeeded: boolean;
  readonly revision: string;
  readonly ranges: readonly KeyValue[];
} {
  const responses = field(answer, "responses");
  return {
    succeeded: field(answer, "succeeded") === true,
    revision: textAt(field(answer, "header"), "revision"),
    ranges: Array.isArray(responses) ? responses.flatMap((item) => rangeIn(field(item, "response_range"))) : [],
  };
}

/** Id of a granted lease. */
export function leaseIn(answer: unknown): string {
  return textAt(answer, "ID");
}

/** Seconds that a lease has after a renewal; 0 when it has ended. */
export function timeToLiveIn(answer: unknown): number {
  const seconds = field(field(answer, "result"), "TTL");
  return typeof seconds === "string" ? Number(seconds) : 0;
}

function pairIn(pair: unknown): KeyValue {
  const value = field(pair, "value");
  return {
    key: decoded(textAt(pair, "key")),
    value: typeof value === "string" ? decoded(value) : "",
    modRevision: textAt(pair, "mod_revision"),
  };
}

function decoded(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

function textAt(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found === "string") return found;
  throw new FlexkubeError("ETCD_REFUSED", "etcd's answer lacks a field", {
    call: name,
    status: 200,
    reason: JSON.stringify(value).slice(0, 500),
  });
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
