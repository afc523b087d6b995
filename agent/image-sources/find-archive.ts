// Finds the archive (docker save) that holds an image, in a directory of them. Reads only; loads nothing.
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Logger } from "pino";
import { extract } from "tar-stream";
import { sameReference } from "./reference.ts";

export type Archive = { readonly path: string; readonly open: () => NodeJS.ReadableStream };

const maxManifestBytes = 4 * 1024 * 1024;

/** Archives change only by being replaced, so what one lists is remembered by size and time. */
const listed = new Map<string, readonly string[]>();

/** The first archive by name that lists the reference; undefined when there is none or no such directory. */
export async function findArchive(
  directory: string,
  image: string,
  { log }: { readonly log: Logger },
): Promise<Archive | undefined> {
  for (const name of await archivesIn(directory, log)) {
    const path = join(directory, name);
    const references = await referencesIn(path, log);
    if (references.some((reference) => sameReference(reference, image)))
      return { path, open: () => createReadStream(path) };
  }
  return undefined;
}

async function archivesIn(directory: string, log: Logger): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => /\.(tar|tar\.gz|tgz)$/.test(name)).toSorted();
  } catch (error) {
    log.warn({ directory, reason: String(error) }, "the directory of image archives cannot be read");
    return [];
  }
}

async function referencesIn(path: string, log: Logger): Promise<readonly string[]> {
  const { size, mtimeMs } = await stat(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const known = listed.get(key);
  if (known !== undefined) return known;
  try {
    const references = await readManifest(path);
    listed.set(key, references);
    return references;
  } catch (error) {
    log.warn({ archive: path, reason: String(error) }, "an image archive cannot be read");
    return [];
  }
}

async function readManifest(path: string): Promise<readonly string[]> {
  const parser = extract();
  const chunks: Buffer[] = [];
  const file = createReadStream(path);
  const unpacked = path.endsWith(".tar") ? pipeline(file, parser) : pipeline(file, createGunzip(), parser);
  const read = async (): Promise<void> => {
    for await (const entry of parser) {
      const wanted =
        entry.header.name.replace(/^\.\//, "") === "manifest.json" && (entry.header.size ?? 0) <= maxManifestBytes;
      for await (const chunk of entry) if (wanted && Buffer.isBuffer(chunk)) chunks.push(chunk);
    }
  };
  await Promise.all([unpacked, read()]);
  return tagsIn(JSON.parse(Buffer.concat(chunks).toString("utf8")));
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
