// Finds the archive (docker save) that holds an image, in a directory of them. Reads only; loads nothing.
import { createReadStream, type Stats } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Log } from "#agent/log/round-log.ts";
import type { Patience } from "#agent/files/patience.ts";
import { extract, type Extract } from "tar-stream";
import { reasonOf } from "#shared/reason-of.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { sameReference } from "#shared/image-name.ts";

export type Archive = { readonly path: string; readonly open: () => NodeJS.ReadableStream };

const maxManifestBytes = 4 * 1024 * 1024;
/** So much of an archive is looked through for its list; larger than any image. */
const maxUnpackedBytes = 64 * 1024 ** 3;
const maxEntries = 100_000;
/** And so long: a large one on a slow disk takes minutes. */
const longestMs = 300_000;
/** A whole disk of archives is not kept in mind. */
const maxRemembered = 1000;

/** Archives change only by being replaced, so what one lists, or that it is none, is remembered by size and time. */
const listed = new Map<string, readonly string[]>();

export type ArchiveOptions = {
  readonly log: Log;
  readonly patience: Pick<Patience, "run">;
  readonly signal?: AbortSignal | undefined;
  /** Node's, where a test gives none. */
  readonly files?: {
    readonly readdir: (path: string) => Promise<string[]>;
    readonly stat: (path: string) => Promise<Stats>;
  };
};

/** The first archive by name that lists the reference; undefined when there is none, no such directory, or one that does not answer. Rejects with the signal's reason. */
export async function findArchive(
  directory: string,
  image: string,
  { log, patience, signal, files = { readdir, stat } }: ArchiveOptions,
): Promise<Archive | undefined> {
  // often a share of the network, which may be gone
  const ask: Ask = async (path, operation, limitMs) => patience.run(directory, operation, { path, signal, limitMs });
  for (const name of await archivesIn(directory, async () => ask(directory, async () => files.readdir(directory)), {
    log,
    signal,
  })) {
    const path = join(directory, name);
    const references = await referencesIn(path, { ask, stat: files.stat, log, signal });
    if (references.some((reference) => sameReference(reference, image)))
      return { path, open: () => createReadStream(path) };
  }
  return undefined;
}

type Ask = <Result>(path: string, operation: () => Promise<Result>, limitMs?: number) => Promise<Result>;

async function archivesIn(
  directory: string,
  list: () => Promise<readonly string[]>,
  { log, signal }: Pick<ArchiveOptions, "log" | "signal">,
): Promise<readonly string[]> {
  try {
    const names = await list();
    return names.filter((name) => /\.(tar|tgz|tar\.(gz|zst|xz|bz2))$/.test(name)).toSorted();
  } catch (error) {
    signal?.throwIfAborted();
    log.warn({ directory, reason: reasonOf(error) }, "the directory of image archives cannot be read");
    return [];
  }
}

type Reading = Pick<ArchiveOptions, "log" | "signal"> & {
  readonly ask: Ask;
  readonly stat: (path: string) => Promise<Stats>;
};

async function referencesIn(path: string, { ask, stat: look, log, signal }: Reading): Promise<readonly string[]> {
  const found = await regularFile(path, async () => ask(path, async () => look(path)), { log, signal });
  if (found === undefined) return [];
  const key = `${path} ${found.size} ${found.mtimeMs}`;
  const known = listed.get(key);
  if (known !== undefined) return known;
  const limit = AbortSignal.any([AbortSignal.timeout(longestMs), ...(signal === undefined ? [] : [signal])]);
  let references: readonly string[] = [];
  try {
    references = await ask(path, async () => readManifest(path, limit), longestMs);
  } catch (error) {
    signal?.throwIfAborted();
    log.warn({ archive: path, reason: reasonOf(error) }, "an image archive cannot be read");
    // a disk that was slow or failed may be well the next time
    if (limit.aborted || isFlexkubeError(error, "FILES_UNREADABLE") || isOfSystem(error)) return [];
  }
  if (listed.size >= maxRemembered) listed.clear();
  listed.set(key, references);
  return references;
}

/** A call to the system failed, which says nothing of what the archive holds. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** A pipe or a device would never end. */
async function regularFile(
  path: string,
  look: () => Promise<Stats>,
  { log, signal }: Pick<ArchiveOptions, "log" | "signal">,
): Promise<Stats | undefined> {
  try {
    const found = await look();
    if (found.isFile()) return found;
    log.warn({ archive: path, reason: "not a regular file" }, "an image archive cannot be read");
  } catch (error) {
    signal?.throwIfAborted();
    log.warn({ archive: path, reason: reasonOf(error) }, "an image archive cannot be read");
  }
  return undefined;
}

/** The first entry of that name, and nothing behind it is read. */
async function readManifest(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const unpack = await unpackerOf(path);
  const parser = extract();
  const file = createReadStream(path);
  const unpacked = pipeline([file, ...unpack, parser], { signal });
  // ended early, it says so
  const broken = unpacked.catch((error: unknown) => error);
  try {
    return tagsIn(JSON.parse(await manifestIn(parser)));
  } catch (error) {
    if (error instanceof Error) throw error;
    throw new TypeError("the archive cannot be read", { cause: error });
  } finally {
    parser.destroy();
    file.destroy();
    await broken;
  }
}

/** By what is in it: a name may say another thing. */
async function unpackerOf(path: string): Promise<readonly Transform[]> {
  await using file = await open(path);
  const { buffer } = await file.read({ buffer: Buffer.alloc(6), position: 0 });
  const begins = (hex: string): boolean => buffer.toString("hex").startsWith(hex);
  if (begins("1f8b")) return [createGunzip()];
  if (begins("28b52ffd")) return [createZstdDecompress()];
  if (begins("fd377a585a00")) throw new TypeError("it is packed by xz; only tar, gzip and zstd are read");
  if (begins("425a68")) throw new TypeError("it is packed by bzip2; only tar, gzip and zstd are read");
  return [];
}

async function manifestIn(parser: Extract): Promise<string> {
  let entries = 0;
  let passed = 0;
  for await (const entry of parser) {
    const { name, size } = entry.header;
    entries += 1;
    passed += size;
    if (entries > maxEntries || passed > maxUnpackedBytes)
      throw new RangeError("it holds too much before its manifest");
    if (name.replace(/^\.\//, "") === "manifest.json") {
      if (size > maxManifestBytes) throw new RangeError("its manifest.json is too large");
      // not before it has been read whole: the loop ends the archive on its way out
      return await textOf(entry);
    }
    entry.resume();
  }
  throw new TypeError("it has no manifest.json");
}

async function textOf(entry: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `RepoTags` of each image in a docker archive's manifest. */
function tagsIn(manifest: unknown): readonly string[] {
  if (!Array.isArray(manifest)) throw new TypeError("manifest.json is not a list");
  return manifest.flatMap((image: unknown) => {
    const tags: unknown =
      typeof image === "object" && image !== null && "RepoTags" in image ? image.RepoTags : undefined;
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
  });
}
