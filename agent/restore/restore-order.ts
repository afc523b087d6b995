// What the hidden `restore` command is told, as one argument of JSON. It holds no secrets.
import { parsedJson } from "#shared/json-fields.ts";
import type { Owner } from "#shared/state/desired.ts";

export type RestoreOrder = {
  /** clear: before etcdutl, what a try before has left; swap: what it has made, if it is right, takes the place of the member's data. */
  readonly act: "clear" | "swap";
  /** The restore's id. */
  readonly restore: string;
  readonly owner: Owner;
  /** Of the snapshot that it was made of a moment ago; without one it was found right before. */
  readonly sha256?: string | undefined;
  /** The snapshot's when that digest was found; without one it is read again. */
  readonly stamp?: string | undefined;
};

export function restoreArgument(order: RestoreOrder): string {
  return JSON.stringify(order);
}

/** The order, or undefined for an argument that is none. The agent alone writes it; what is checked is what becomes a path. */
export function parseRestoreArgument(argument: string): RestoreOrder | undefined {
  const said = parsedJson(argument);
  return isOrder(said) ? said : undefined;
}

function isOrder(said: unknown): said is RestoreOrder {
  if (typeof said !== "object" || said === null) return false;
  const { act, restore, owner, sha256, stamp } = said as Partial<RestoreOrder>;
  return (
    (act === "clear" || act === "swap") &&
    typeof restore === "string" &&
    /^r[0-9]{1,7}-[0-9a-f]{12}$/.test(restore) &&
    Number.isInteger(owner?.uid) &&
    Number.isInteger(owner?.gid) &&
    (sha256 === undefined || (typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256))) &&
    (stamp === undefined || typeof stamp === "string")
  );
}
