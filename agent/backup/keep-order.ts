// What the hidden `backups` command is told, as one argument of JSON. It holds no secrets.
import { parsedJson } from "#shared/json-fields.ts";
import type { BackupOwner } from "#shared/backup/backup-name.ts";
import type { BackupRecord } from "#shared/backup/backup-record.ts";

/** What is known of a snapshot beside its file. */
export type Taken = Pick<BackupRecord, "etcdVersion" | "members" | "token" | "generation">;

export type KeepOrder = {
  readonly owner: BackupOwner;
  readonly clusterId: string;
  readonly keep: number;
  readonly about: Taken;
  /** Set when etcdctl has ended well: what it wrote is to become a backup. */
  readonly taken?: { readonly revision: number; readonly takenAt: number } | undefined;
  /** Read all backups once more. */
  readonly readsAll?: boolean | undefined;
  /** The drill of this one has ended well, at this time (epoch milliseconds). */
  readonly drilled?: { readonly backup: string; readonly at: number } | undefined;
};

export function keepArgument(order: KeepOrder): string {
  return JSON.stringify(order);
}

/** The order, or undefined for an argument that is none. The agent alone writes it; what is checked is that it is whole. */
export function parseKeepArgument(argument: string): KeepOrder | undefined {
  const said = parsedJson(argument);
  return isOrder(said) ? said : undefined;
}

function isOrder(said: unknown): said is KeepOrder {
  if (typeof said !== "object" || said === null) return false;
  const { owner, clusterId, keep, about } = said as Partial<KeepOrder>;
  return (
    isName(owner?.cluster) &&
    isName(owner?.member) &&
    typeof clusterId === "string" &&
    typeof keep === "number" &&
    keep >= 1 &&
    typeof about?.token === "string"
  );
}

/** It becomes part of paths. */
function isName(text: unknown): boolean {
  return typeof text === "string" && /^[a-z0-9][a-z0-9-]*$/.test(text);
}
