// The archive API on a fake file tree, with every trap of the real one: directory entries reset modes,
// files become new inodes, an upload that fails keeps what came before.
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { extract, pack, type Header } from "tar-stream";
import type { ArchiveStat } from "#agent/engine/engine.ts";
import { engineNotFound, engineRefused } from "#agent/engine/errors.ts";
import type { FakeFiles, FakeNode } from "./fake-files.ts";
import { FakeFsError } from "./fake-fs-error.ts";
import { dirname, join, split } from "./fake-path.ts";

export type TarEntry = { readonly header: Header; readonly content: Uint8Array };
export type TarContent = { readonly entries: readonly TarEntry[]; readonly complete: boolean };

/** The entries of a tar; an archive that breaks off has `complete: false`. */
export async function readTar(tar: Uint8Array): Promise<TarContent> {
  const entries: TarEntry[] = [];
  const stream = extract();
  Readable.from([Buffer.from(tar)]).pipe(stream);
  try {
    for await (const entry of stream) entries.push({ header: entry.header, content: await buffer(entry) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { entries, complete: false };
  }
  return { entries, complete: true };
}

/** Why a tree cannot take an upload at `path` at all; checked before its first entry. */
export function checkPut(files: FakeFiles, path: string): void {
  const place = located(files, path, true);
  if (place.node === undefined) throw engineNotFound("putArchive", "Could not find the file in the container");
  if (place.node.type !== "directory")
    throw engineRefused("putArchive", { status: 500, reason: "extraction point is not a directory" });
  const mount = files.mountOf(place.path);
  if (mount?.readOnly === true)
    throw engineRefused("putArchive", { status: 500, reason: "mounted volume is marked read-only" });
  if (files.isReadOnly(place.path))
    throw engineRefused("putArchive", { status: 500, reason: "container rootfs is marked read-only" });
}

/** Extracts entries one by one; the first that cannot be taken ends it, those before it stay. */
export function putEntries(files: FakeFiles, path: string, content: TarContent): void {
  const base = located(files, path, true).path;
  for (const entry of content.entries) {
    try {
      putEntry(files, base, entry);
    } catch (error) {
      if (error instanceof FakeFsError)
        throw engineRefused("putArchive", { status: 500, reason: error.message }, error);
      throw error;
    }
  }
  if (!content.complete) throw engineRefused("putArchive", { status: 500, reason: "unexpected EOF" });
}

function putEntry(files: FakeFiles, base: string, { header, content }: TarEntry): void {
  const parts = split(header.name);
  if (parts.includes(".."))
    throw engineRefused("putArchive", { status: 500, reason: "path is outside of the extraction point" });
  const path = parts.reduce(join, base);
  if (parts.length === 0) return;
  if (!files.exists(dirname(path))) files.mkdir(dirname(path));
  const attributes = {
    mode: header.mode ?? 0o644,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    modifiedAt: header.mtime?.getTime() ?? 0,
  };
  const there = files.node(path);
  if (header.type === "directory") {
    if (there !== undefined && there.type !== "directory")
      throw engineRefused("putArchive", { status: 500, reason: "cannot overwrite non-directory with directory" });
    files.mkdir(path, attributes);
    return;
  }
  if (there?.type === "directory")
    throw engineRefused("putArchive", { status: 500, reason: "cannot overwrite directory with non-directory" });
  files.remove(path);
  if (header.type === "symlink") files.symlink(path, header.linkname ?? "", attributes);
  else if (header.type === "file") files.place(path, files.newFile(content, attributes));
  else if (header.type === "link") files.place(path, linkTarget(files, base, header));
  else files.special(path, attributes);
}

function linkTarget(files: FakeFiles, base: string, header: Header): FakeNode {
  const node = files.node(split(header.linkname ?? "").reduce(join, base));
  if (node === undefined) throw engineRefused("putArchive", { status: 500, reason: "no such file or directory" });
  return node;
}

/** A tar of what is at `path`: a link itself, a directory with all below it. */
export async function getTar(files: FakeFiles, path: string): Promise<Uint8Array> {
  const place = located(files, path, false);
  if (place.node === undefined) throw engineNotFound("getArchive", "Could not find the file in the container");
  const stream = pack();
  const result = buffer(stream);
  addEntry(stream, split(path).at(-1) ?? ".", place.node);
  stream.finalize();
  return result;
}

function addEntry(stream: ReturnType<typeof pack>, name: string, node: FakeNode): void {
  const { mode, uid, gid } = node;
  const header = { name, mode, uid, gid, mtime: new Date(node.modifiedAt) };
  switch (node.type) {
    case "file":
      stream.entry(header, Buffer.from(node.content));
      break;
    case "symlink":
      stream.entry({ ...header, type: "symlink", linkname: node.target });
      break;
    case "other":
      stream.entry({ ...header, type: "fifo" });
      break;
    case "directory":
      stream.entry({ ...header, name: `${name}/`, type: "directory" });
      for (const [child, inode] of [...node.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        addEntry(stream, `${name}/${child}`, inode);
      break;
  }
}

/** HEAD: the thing itself, a link's target fully resolved. */
export function statPath(files: FakeFiles, path: string): ArchiveStat | undefined {
  const { node } = located(files, path, false);
  if (node === undefined) return undefined;
  return {
    name: split(path).at(-1) ?? "/",
    size: node.type === "file" ? node.content.length : 4096,
    mode: node.mode,
    type: node.type,
    modifiedAt: node.modifiedAt,
    linkTarget: node.type === "symlink" ? files.resolve(path, { follow: true, lenient: true }).path : "",
  };
}

/** Where a path leads; nothing when something on the way is missing, refused when it is no directory. */
function located(files: FakeFiles, path: string, follow: boolean): { path: string; node: FakeNode | undefined } {
  try {
    return files.resolve(path, { follow });
  } catch (error) {
    if (!(error instanceof FakeFsError)) throw error;
    if (error.code === "ENOENT") return { path, node: undefined };
    throw engineRefused("archive", { status: 500, reason: error.message }, error);
  }
}
