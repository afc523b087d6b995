// The lock's record and what failed, as other agents, perhaps of another version, have written them.
import { parsedJson } from "#shared/json-fields.ts";
import type { FailedRollout } from "#shared/state/observed.ts";
import type { LockRecord } from "./disruption-lock.ts";

/** A record that cannot be read is somebody's all the same. */
const unreadable: LockRecord = { host: "an unknown host", component: "component", container: "", since: 0, nonce: "" };

/** Undefined only when there is none. */
export function readRecord(text: string | undefined): LockRecord | undefined {
  if (text === undefined) return undefined;
  const value = parsedJson(text);
  if (!isRecord(value)) return unreadable;
  const { host, component, container, nonce, since } = value;
  if (![host, component, container, nonce].every((item) => typeof item === "string")) return unreadable;
  return {
    host: String(host),
    component: String(component),
    container: String(container),
    nonce: String(nonce),
    since: typeof since === "number" ? since : 0,
  };
}

/** Entries that cannot be read are left out. */
export function readFailed(text: string | undefined): readonly FailedRollout[] {
  const value = text === undefined ? [] : parsedJson(text);
  return Array.isArray(value) ? value.flatMap((item: unknown) => readOne(item)) : [];
}

function readOne(item: unknown): readonly FailedRollout[] {
  if (!isRecord(item)) return [];
  const { host, component, rollout, reason, at } = item;
  if (typeof host !== "string" || typeof component !== "string" || typeof rollout !== "string") return [];
  return [
    {
      host,
      component,
      rollout,
      reason: typeof reason === "string" ? reason : "",
      at: typeof at === "number" ? at : 0,
    },
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
