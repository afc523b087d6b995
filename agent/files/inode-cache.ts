// Remembers what was read of inodes that did not change, so that a tick that changes nothing reads no content.
import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import { inodeStamp, settledMs } from "./inode-stamp.ts";

export type InodeCache<Value> = {
  readonly find: (stats: BigIntStats, hashKey: string | undefined) => Value | undefined;
  /** Whether a change from now on shows in the stats. Asked before a reading that takes long. */
  readonly isSettled: (stats: BigIntStats) => boolean;
  /** `stats` are those taken before the content was read. */
  readonly remember: (entry: {
    readonly stats: BigIntStats;
    readonly hashKey: string | undefined;
    readonly value: Value;
  }) => void;
  readonly forgetOld: () => void;
};

/** Content is read again after this time whatever the inode says: a clock that was set back, a failing disk. */
const trustedMs = 3_600_000;

/** An empty cache. Entries are keyed by device, inode, size, change time and mode, and by the key of digests. */
export function createInodeCache<Value>(clock: Pick<Clock, "now" | "wall">): InodeCache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly readAt: number }>();
  const isOld = (readAt: number): boolean => Math.abs(clock.now() - readAt) > trustedMs;
  let last: { readonly hashKey: string | undefined; readonly shown: string } = { hashKey: undefined, shown: "" };
  const shownKey = (hashKey: string | undefined): string => {
    if (hashKey !== last.hashKey) last = { hashKey, shown: shown(hashKey) };
    return last.shown;
  };
  // inodes have their times from the machine's clock, which may jump
  const isSettled = ({ ctimeNs }: BigIntStats): boolean =>
    Math.abs(wallTime(clock).epochMs - Number(ctimeNs / 1_000_000n)) >= settledMs;
  return {
    find: (stats, hashKey) => {
      const entry = entries.get(keyOf(stats, shownKey(hashKey)));
      return entry === undefined || isOld(entry.readAt) ? undefined : entry.value;
    },
    isSettled,
    remember: ({ stats, hashKey, value }) => {
      if (isSettled(stats)) entries.set(keyOf(stats, shownKey(hashKey)), { value, readAt: clock.now() });
    },
    forgetOld: () => {
      for (const [key, entry] of entries) if (isOld(entry.readAt)) entries.delete(key);
    },
  };
}

/** Never the key itself: entries stay in memory for long. */
function shown(hashKey: string | undefined): string {
  return hashKey === undefined ? "" : createHash("sha256").update(hashKey).digest("base64");
}

function keyOf(stats: BigIntStats, key: string): string {
  return `${inodeStamp(stats)} ${key}`;
}
