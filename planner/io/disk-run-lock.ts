// The lock of a run on a real disk.
import { randomBytes, randomInt } from "node:crypto";
import { type FileHandle, open, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { type Claim, claimName, parseClaim } from "./claim.ts";
import { isRunning, ownIdentity } from "./process-identity.ts";
import type { HeldLock, RunLock } from "./run-lock.ts";
import { makeDirectories } from "#shared/disk/make-directories.ts";
import { codeOf } from "./reason-of.ts";

/** A holder that cannot be seen from here counts as dead when its claim was not renewed for so long. */
const leaseMs = 60_000;
const renewMs = 10_000;
/** Two runs that begin in one instant see each other and step back; then one of them is first. */
const attempts = 4;

/** Built in main.ts only. */
export function diskRunLock(clock: Clock): RunLock {
  return { acquire: (directory) => acquire(directory, clock) };
}

async function acquire(directory: string, clock: Clock): Promise<HeldLock> {
  const own = await ownIdentity();
  for (let attempt = 1; ; attempt += 1) {
    const claim: Claim = { ...own, since: clock.now(), nonce: randomBytes(8).toString("hex") };
    const placed = await place(join(directory, claimName(claim)));
    const rival = await livingRival(directory, claim);
    if (rival === undefined) return hold(placed, clock);
    await withdraw(placed);
    if (attempt === attempts) throw locked(directory, rival);
    await clock.sleep(randomInt(20, 200));
  }
}

function locked(directory: string, rival: Claim): FlexkubeError {
  return new FlexkubeError("PKI_LOCKED", "another run of flexkube-planner is at work on this PKI", {
    directory,
    holder: `process ${rival.pid} on ${rival.host}`,
    since: `since ${new Date(rival.since).toISOString()}`,
  });
}

type Placed = { readonly path: string; readonly file: FileHandle; readonly made: readonly string[] };

/** The claim's file; another run may just be removing the directory that both have found missing. */
async function place(path: string): Promise<Placed> {
  const directory = dirname(path);
  for (let attempt = 1; ; attempt += 1)
    try {
      const first = await makeDirectories(directory, 0o700);
      const file = await open(path, "wx", 0o600);
      return { path, file, made: first === undefined ? [] : upTo(directory, first) };
    } catch (cause) {
      if (codeOf(cause) === "ENOENT" && attempt < attempts) continue;
      const reason = codeOf(cause);
      throw new FlexkubeError("PKI_UNWRITABLE", "the PKI cannot be locked", { file: directory, reason }, { cause });
    }
}

/** The directory and those above it, as far as `first`. */
function upTo(directory: string, first: string): readonly string[] {
  const parent = dirname(directory);
  return directory === first || parent === directory ? [directory] : [directory, ...upTo(parent, first)];
}

/** Another run that lives; claims of dead ones are removed. */
async function livingRival(directory: string, own: Claim): Promise<Claim | undefined> {
  for (const name of (await readdir(directory)).toSorted()) {
    const claim = parseClaim(name);
    if (claim === undefined || claim.nonce === own.nonce) continue;
    const path = join(directory, name);
    const lives = (await isRunning(claim, own)) ?? (await isRenewed(path, join(directory, claimName(own))));
    if (lives) return claim;
    await rm(path, { force: true });
  }
  return undefined;
}

/** By the clock of the file system, which both claims share. */
async function isRenewed(path: string, own: string): Promise<boolean> {
  const [theirs, ours] = [await modifiedAt(path), await modifiedAt(own)];
  return theirs !== undefined && (ours === undefined || ours - theirs < leaseMs);
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function hold(placed: Placed, clock: Clock): HeldLock {
  const end = new AbortController();
  const renewed = renew(placed.file, clock, end.signal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return {
    check: async () => {
      if ((await placed.file.stat()).nlink > 0) return;
      throw new FlexkubeError("PKI_LOCK_LOST", "another run of flexkube-planner has taken this one for dead", {
        directory: dirname(placed.path),
      });
    },
    release: async () => {
      end.abort();
      const failed = await renewed;
      await withdraw(placed);
      if (failed !== undefined) throw failed.error;
    },
  };
}

async function renew(file: FileHandle, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(renewMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    // not utimes: that would write this machine's time, which need not be that of the file system
    await file.truncate(0);
  }
}

async function withdraw({ path, file, made }: Placed): Promise<void> {
  await file.close();
  await rm(path, { force: true });
  for (const directory of made)
    try {
      await rmdir(directory);
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(codeOf(error))) throw error;
      return;
    }
}
