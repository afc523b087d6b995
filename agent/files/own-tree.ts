// Gives a directory with all that is in it to another user, while the old one may still be at work in it: everything is
// opened in a directory that is open already, and no link is followed.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
} from "node:fs";
import type { Owner } from "#shared/state/desired.ts";
import { isOwner, onTheWay } from "#shared/reconcile/container/given-directories.ts";
import { openDirectory } from "./open-directory.ts";
import { unwritable } from "./place.ts";

export type Giving = {
  readonly to: Owner;
  /** With what is in it. */
  readonly isWhole: boolean;
  /** Of the directory itself. Unset: its own, without what others may write. */
  readonly mode: number | undefined;
  readonly from: readonly Owner[];
};

const withoutWaiting = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const writableByOthers = 0o022;
const itsOwners = 0o700;

/**
 * `directory` is the path of an open directory. The top is root's first and the new user's last: by its owner the rest
 * is known to be done, and after a kill it is done again. What is in it and belongs to none of `from` stays as it is.
 */
export function ownTree(directory: string, name: string, giving: Giving): void {
  const top = openDirectory(`${directory}/${name}`);
  try {
    const found = fstatSync(top);
    if (isOwner(found, giving.to)) return;
    if (![onTheWay, ...giving.from].some((owner) => isOwner(found, owner)))
      throw unwritable(name, `it belongs to ${found.uid}:${found.gid}, who never ran the component`);
    giveDirectory(top, found.mode, onTheWay);
    if (!isOwner(fstatSync(top), onTheWay)) {
      giveDirectory(top, found.mode, found);
      throw unwritable(name, "its file system does not keep owners");
    }
    if (giving.isWhole) ownEntries(top, giving);
    giveDirectory(top, giving.mode ?? found.mode, giving.to);
  } finally {
    closeSync(top);
  }
}

function ownEntries(open: number, giving: Giving): void {
  const directory = `/proc/self/fd/${open}`;
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    const found = lstatSync(path);
    if (!isTheirs(found, giving)) continue;
    if (found.isDirectory()) ownDirectory(path, giving);
    else if (found.isFile()) ownFile(path, giving);
    else lchownSync(path, giving.to.uid, giving.to.gid);
  }
  fsyncSync(open);
}

/** Before what is in it: from then on only who has the new user's rights can put anything there. */
function ownDirectory(path: string, giving: Giving): void {
  const open = openDirectory(path);
  try {
    const found = fstatSync(open);
    if (!isTheirs(found, giving)) return;
    giveDirectory(open, found.mode, giving.to);
    ownEntries(open, giving);
  } finally {
    closeSync(open);
  }
}

/** A file with a second name can be reached by it: from now on by its owner alone. */
function ownFile(path: string, giving: Giving): void {
  const open = openSync(path, withoutWaiting);
  try {
    const found = fstatSync(open);
    if (!found.isFile() || !isTheirs(found, giving)) return;
    fchownSync(open, giving.to.uid, giving.to.gid);
    // looked at anew: its owner may have linked it until it was no more his, and what he may link is run by nobody as its new one
    const { mode, nlink } = fstatSync(open);
    if (nlink > 1) fchmodSync(open, mode & itsOwners);
  } finally {
    closeSync(open);
  }
}

/** The owner first: nobody but him may change a mode back. */
function giveDirectory(open: number, mode: number, { uid, gid }: Owner): void {
  fchownSync(open, uid, gid);
  fchmodSync(open, mode & 0o7777 & ~writableByOthers);
  fsyncSync(open);
}

/** Also what an earlier run has given already. */
function isTheirs({ uid }: { readonly uid: number }, { to, from }: Giving): boolean {
  return uid === to.uid || from.some((owner) => owner.uid === uid);
}
