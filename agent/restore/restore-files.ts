// What a restore does in a member's data directory, while nothing of the member runs. Killed anywhere, it is told from what is there
// how it goes on.
import { restoreNames } from "#shared/backup/restore-id.ts";
import type { RestoreDisk } from "./restore-disk.ts";
import type { RestoreOrder } from "./restore-order.ts";

/** Why it was not done; undefined when it was. Throws what the system says. */
export function restoreFiles(disk: RestoreDisk, order: RestoreOrder): string | undefined {
  return order.act === "clear" ? clear(disk, order) : swap(disk, order);
}

/** Room for etcdutl, which makes the directory itself. */
function clear(disk: RestoreDisk, { restore }: RestoreOrder): undefined {
  disk.remove(restoreNames(restore).pending);
}

/** What etcdutl has made is of the right snapshot, and lasts: from then on, and not before, it has the marker. */
function seal(disk: RestoreDisk, { restore, owner, sha256, stamp }: RestoreOrder): string | undefined {
  const { pending, marker } = restoreNames(restore);
  if (sha256 === undefined) return "there is no restored data";
  if (!disk.exists(`${pending}/member/wal`)) return "etcdutl has left no data";
  // the very file whose digest was found, untouched since: what etcdutl has read in between is of that digest
  const found = stamp !== undefined && disk.snapshotStamp() === stamp ? sha256 : disk.snapshotDigest();
  if (found !== sha256) {
    disk.remove(pending);
    return `the snapshot was changed meanwhile: its SHA-256 is ${found}, not ${sha256}`;
  }
  disk.own(pending, owner);
  disk.mark(`${pending}/member/${marker}`, owner);
  return undefined;
}

/** The former data is never removed: a second one of the same restore gets a name of its own. */
function swap(disk: RestoreDisk, order: RestoreOrder): string | undefined {
  const { restore, owner } = order;
  const { pending, before, marker } = restoreNames(restore);
  if (!disk.exists(`member/${marker}`)) {
    const refused = disk.exists(`${pending}/member/${marker}`) ? undefined : seal(disk, order);
    if (refused !== undefined) return refused;
    if (disk.exists("member")) {
      disk.make(before, owner);
      disk.rename("member", freeName(disk, `${before}/member`));
    }
    disk.rename(`${pending}/member`, "member");
  }
  disk.remove(pending);
  return undefined;
}

function freeName(disk: RestoreDisk, name: string): string {
  let free = name;
  for (let count = 2; disk.exists(free); count++) free = `${name}-${count}`;
  return free;
}
