// What etcd's gateway answers, of keys and leases: numbers are texts, zero values are left out.
import { requiredText } from "./answer-fields.ts";
import { at } from "#shared/json-fields.ts";

export type KeyValue = { readonly key: string; readonly value: string; readonly modRevision: string };

/** Bytes in the gateway's spelling. */
export function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** The pairs of a range. */
export function rangeIn(answer: unknown): readonly KeyValue[] {
  const pairs = at(answer, "kvs");
  return Array.isArray(pairs) ? pairs.map(pairIn) : [];
}

/** A transaction's outcome, its revision, and the pairs of its ranges. */
export function txnIn(answer: unknown): {
  readonly succeeded: boolean;
  readonly revision: string;
  readonly ranges: readonly KeyValue[];
} {
  const responses = at(answer, "responses");
  return {
    succeeded: at(answer, "succeeded") === true,
    revision: requiredText(at(answer, "header"), "revision"),
    ranges: Array.isArray(responses) ? responses.flatMap((item) => rangeIn(at(item, "response_range"))) : [],
  };
}

/** Id of a granted lease. */
export function leaseIn(answer: unknown): string {
  return requiredText(answer, "ID");
}

/** Seconds that a lease has after a renewal; 0 when it has ended. */
export function timeToLiveIn(answer: unknown): number {
  const seconds = at(at(answer, "result"), "TTL");
  return typeof seconds === "string" ? Number(seconds) : 0;
}

function pairIn(pair: unknown): KeyValue {
  const value = at(pair, "value");
  return {
    key: decoded(requiredText(pair, "key")),
    value: typeof value === "string" ? decoded(value) : "",
    modRevision: requiredText(pair, "mod_revision"),
  };
}

function decoded(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
