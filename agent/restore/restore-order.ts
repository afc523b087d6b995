// What the hidden `restore` command is told, as one argument of JSON. It holds no secrets.
import type { Owner } from "#shared/state/desired.ts";

export type RestoreOrder = {
  /** clear: before etcdutl; seal: after it; swap: the member's data goes aside. */
  readonly act: "clear" | "seal" | "swap";
  /** The restore's id. */
  readonly restore: string;
  readonly owner: Owner;
  /** Of the snapshot; for `seal`. */
  readonly sha256?: string | undefined;
};

export function restoreArgument(order: RestoreOrder): string {
  return JSON.stringify(order);
}

/** The order, or undefined for an argument that is none. The agent alone writes it; what is checked is what becomes a path. */
export function parseRestoreArgument(argument: string): RestoreOrder | undefined {
  try {
    const said: unknown = JSON.parse(argument);
    return isOrder(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

function isOrder(said: unknown): said is RestoreOrder {
  if (typeof said !== "object" || said === null) return false;
  const { act, restore, owner, sha256 } = said as Partial<RestoreOrder>;
  return (
    (act === "clear" || act === "seal" || act === "swap") &&
    typeof restore === "string" &&
    /^r[0-9]{1,7}-[0-9a-f]{12}$/.test(restore) &&
    Number.isInteger(owner?.uid) &&
    Number.isInteger(owner?.gid) &&
    (act !== "seal" || /^[0-9a-f]{64}$/.test(sha256 ?? ""))
  );
}
