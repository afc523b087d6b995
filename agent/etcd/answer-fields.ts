// Fields of what etcd's gateway answers: numbers are texts there, and what is zero, false or empty is left out.
import { at } from "#shared/json-fields.ts";
import { FlexkubeError } from "#shared/errors.ts";

/** A text that must be there. Throws ETCD_REFUSED. */
export function requiredText(answer: unknown, name: string): string {
  const found = at(answer, name);
  if (typeof found === "string") return found;
  throw lacksField(name, answer);
}

/** 0 when it is left out. Throws ETCD_REFUSED for what is no number, or too large for one. */
export function numberIn(answer: unknown, name: string): number {
  const number = Number(at(answer, name) ?? 0);
  if (!Number.isSafeInteger(number)) throw lacksField(name, answer);
  return number;
}

/** Of the cluster that has answered, hexadecimal as etcd prints it; undefined when it does not say so. */
export function clusterIdIn(answer: unknown): string | undefined {
  const id = at(answer, "header", "cluster_id");
  return typeof id === "string" && /^[0-9]{1,20}$/.test(id) ? BigInt(id).toString(16) : undefined;
}

/** `call`: what was asked for. */
export function lacksField(call: string, answer: unknown): FlexkubeError {
  return new FlexkubeError("ETCD_REFUSED", "etcd's answer lacks a field", {
    call,
    status: 200,
    reason: JSON.stringify(answer).slice(0, 500),
  });
}
