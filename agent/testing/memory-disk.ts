// A directory of backups in memory, on which a run can be cut between any two operations, and can find the disk full.
import { createHash } from "node:crypto";
import type { BackupDisk } from "#agent/backup/backup-disk.ts";
import { isSnapshotSize, tailBytes } from "#shared/backup/snapshot-digest.ts";

export class Cut extends Error {}

export class MemoryDisk implements BackupDisk {
  readonly files = new Map<string, Buffer>();
  /** Operations that change something until the next run is cut; undefined: none is. */
  cutAfter: number | undefined;
  /** Bytes that it takes in all. */
  capacity = Number.MAX_SAFE_INTEGER;
  /** Called after each change. */
  onChange: (() => void) | undefined;

  readonly list = () => [...this.files].map(([name, content]) => ({ name, bytes: content.length }));
  readonly read = (name: string): string => this.content(name).toString("utf8");
  readonly digest = (name: string) => {
    const content = this.content(name);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const tail = content.subarray(-tailBytes);
    const isWhole =
      isSnapshotSize(content.length) &&
      createHash("sha256").update(content.subarray(0, -tailBytes)).digest().equals(tail);
    return { bytes: content.length, sha256, isWhole };
  };
  readonly write = (name: string, text: string): void => {
    this.#step();
    this.put(name, Buffer.from(text));
  };
  readonly sync = (name: string): void => {
    this.#step();
    this.content(name);
  };
  readonly rename = (from: string, to: string): void => {
    this.#step();
    this.files.set(to, this.content(from));
    this.files.delete(from);
    this.onChange?.();
  };
  readonly remove = (name: string): void => {
    if (!this.files.has(name)) return;
    this.#step();
    this.files.delete(name);
    this.onChange?.();
  };

  get free(): number {
    return this.capacity - [...this.files.values()].reduce((sum, content) => sum + content.length, 0);
  }

  content(name: string): Buffer {
    const found = this.files.get(name);
    if (found === undefined) throw new Error(`ENOENT: ${name}`);
    return found;
  }

  put(name: string, content: Buffer): void {
    const before = this.files.get(name)?.length ?? 0;
    if (content.length - before > this.free) {
      // a full disk takes the name, and not what should stand in it
      this.files.set(name, Buffer.alloc(0));
      throw new Error("ENOSPC");
    }
    this.files.set(name, content);
    this.onChange?.();
  }

  #step(): void {
    if (this.cutAfter === undefined) return;
    this.cutAfter -= 1;
    if (this.cutAfter < 0) throw new Cut();
  }
}

/** What etcdctl would write for this content: pages, and their digest behind them. */
export function snapshotOf(content: string, bytes = 4096): Buffer {
  const pages = Buffer.alloc(bytes, content);
  return Buffer.concat([pages, createHash("sha256").update(pages).digest()]);
}
