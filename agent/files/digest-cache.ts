// Remembers the digests of files whose inode did not change, so that a tick that changes nothing reads no content.
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { Clock } from "#shared/clock.ts";

export type DigestCache = {
  readonly find: (stats: BigIntStats, hashKey: string | undefined) => string | undefined;
  /** `stats` are those taken before the content was read. */
  readonly remember: (entry: {
    readonly stats: BigIntStats;
    readonly hashKey: string | undefined;
    readonly digest: string;
  }) => void;
  readonly forgetOld: () => void;
};

/**
 * An inode's change time cannot be set, but a second change within the same tick of the kernel's clock leaves it as it
 * is: a file that changed this recently is read again.
 */
const settledMs = 2000;

/** Content is read again after this time whatever the inode says: a clock that was set back, a failing disk. */
const trustedMs = 3_600_000;

/** An empty cache. Entries are keyed by device, inode, size, change time and mode, and by the digest's key. */
export function createDigestCache(clock: Clock): DigestCache {
  const entries = new Map<string, { readonly digest: string; readonly readAt: number }>();
  const isOld = (readAt: number): boolean => Math.abs(clock.now() - readAt) > trustedMs;
  return {
    find: (stats, hashKey) => {
      const entry = entries.get(keyOf(stats, hashKey));
      return entry === undefined || isOld(entry.readAt) ? undefined : entry.digest;
    },
    remember: ({ stats, hashKey, digest }) => {
      const readAt = clock.now();
      if (readAt - Number(stats.ctimeNs / 1_000_000n) < settledMs) return;
      entries.set(keyOf(stats, hashKey), { digest, readAt });
    },
    forgetOld: () => {
      for (const [key, entry] of entries) if (isOld(entry.readAt)) entries.delete(key);
    },
  };
}

function keyOf(stats: BigIntStats, hashKey: string | undefined): string {
  const key = hashKey === undefined ? "" : createHash("sha256").update(hashKey).digest("base64");
  return [stats.dev, stats.ino, stats.size, stats.ctimeNs, stats.mode, key].join(" ");
}
