// What a restore of etcd is called, and the token and the id of the cluster that begins with it.
import { createHash } from "node:crypto";
import type { EtcdRestoreIdentity } from "#shared/schema/words/etcd-restore.ts";

type Restore = Pick<EtcdRestoreIdentity, "number" | "sha256">;

/** `r1-0f3a5b7c9d11`: the same on all hosts, and another one for another snapshot. */
export function restoreId({ number, sha256 }: Restore): string {
  return `r${number}-${sha256.slice(0, 12)}`;
}

/** initial-cluster-token of the cluster that is restored. It names the snapshot, so two snapshots never make one cluster. */
export function restoredToken(cluster: string, restore: Restore): string {
  return `${cluster}-${restoreId(restore)}`;
}

/**
 * The id that etcd gives a cluster of these first members, hexadecimal as etcd prints it
 * (etcd, server/etcdserver/api/membership: computeMemberID, genID).
 */
export function etcdClusterId(token: string, peerUrls: readonly string[]): string {
  const members = peerUrls.map((url) => first64(`${url}${token}`)).toSorted((a, b) => (a < b ? -1 : 1));
  const bytes = Buffer.alloc(8 * members.length);
  for (const [index, member] of members.entries()) bytes.writeBigUInt64BE(member, 8 * index);
  return first64(bytes).toString(16);
}

function first64(data: string | Uint8Array): bigint {
  return createHash("sha1").update(data).digest().readBigUInt64BE(0);
}

/** Names in a member's data directory. */
export function restoreNames(id: string): {
  /** Directory in which the restored data is made. */
  readonly pending: string;
  /** Directory to which the former data goes. */
  readonly before: string;
  /** File in `member` that says which restore its data is of. */
  readonly marker: string;
} {
  return { pending: `restore-${id}`, before: `before-${id}`, marker: `restored-${id}` };
}

/** What a file in `member` says of the restore that its data is of; undefined for any other. */
export function parseMarker(name: string): { readonly id: string; readonly number: number } | undefined {
  const [, id, number] = /^restored-(r([1-9][0-9]{0,6})-[0-9a-f]{12})$/.exec(name) ?? [];
  return id === undefined ? undefined : { id, number: Number(number) };
}
