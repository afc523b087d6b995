// Tar archives as the engine takes and gives them, in memory.
import { extract, pack, type Header } from "tar-stream";

export type TarEntry = {
  /** Without a leading slash. */
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Epoch milliseconds; whole seconds are kept. */
  readonly modifiedAt: number;
} & (
  | { readonly type: "directory" }
  | { readonly type: "file"; readonly content: Uint8Array }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "other" }
);

/** Ids above this need an extended header; tar-stream would write another id without a word. */
const maxPlainId = 0o777777;

/** File type bits: tar-stream takes mode 0 for unset; the bits make it another number and are cut off again. */
const typeBits = 0o100000;

/** An archive of these directories and files, in this order. */
export async function buildTar(
  entries: readonly Extract<TarEntry, { readonly type: "directory" | "file" }>[],
): Promise<Uint8Array> {
  const archive = pack();
  for (const entry of entries) {
    const headers = headersOf(entry);
    if (entry.type === "file") archive.entry(headers, entry.content);
    else archive.entry(headers);
  }
  archive.finalize();
  return collect(archive);
}

function headersOf(
  entry: Extract<TarEntry, { readonly type: "directory" | "file" }>,
): Partial<Header> & Pick<Header, "name"> {
  const { name, mode, uid, gid, type } = entry;
  const large = Object.entries({ uid, gid }).filter(([, id]) => id > maxPlainId);
  return {
    name,
    type,
    mode: mode | typeBits,
    uid,
    gid,
    mtime: new Date(entry.modifiedAt),
    ...(entry.type === "file" ? { size: entry.content.byteLength } : {}),
    ...(large.length === 0 ? {} : { pax: Object.fromEntries(large.map(([key, id]) => [key, String(id)])) }),
  };
}

/**
 * The entries of an archive. Of one that was cut off, those up to the cut: a file that is not whole is `other`. Names
 * have no leading `./` or trailing slash.
 */
export async function readTar(archive: Uint8Array): Promise<readonly TarEntry[]> {
  const parser = extract();
  const entries: TarEntry[] = [];
  let begun: TarEntry | undefined;
  parser.end(archive);
  try {
    for await (const entry of parser) {
      begun = { ...entryOf(entry.header, new Uint8Array()), type: "other" };
      entries.push(entryOf(entry.header, await collect(entry)));
      begun = undefined;
    }
  } catch (error) {
    if (!isCutOff(error)) throw error;
    if (begun !== undefined) entries.push(begun);
  }
  return entries;
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.message === "Unexpected end of data";
}

async function collect(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function entryOf(headers: Header, content: Uint8Array): TarEntry {
  const common = {
    name: headers.name.replace(/^(\.?\/)+/, "").replace(/\/+$/, ""),
    mode: headers.mode & 0o7777,
    uid: extendedId(headers.pax, "uid") ?? headers.uid,
    gid: extendedId(headers.pax, "gid") ?? headers.gid,
    modifiedAt: headers.mtime.getTime(),
  };
  if (headers.type === "file" || headers.type === "contiguous-file") return { ...common, type: "file", content };
  if (headers.type === "directory") return { ...common, type: "directory" };
  if (headers.type === "symlink") return { ...common, type: "symlink", target: headers.linkname };
  return { ...common, type: "other" };
}

/** tar-stream reads extended headers but leaves ids in them to us. */
function extendedId(pax: unknown, key: "uid" | "gid"): number | undefined {
  if (typeof pax !== "object" || pax === null || !(key in pax)) return undefined;
  const id = Number(Object.entries(pax).find(([name]) => name === key)?.[1]);
  return Number.isInteger(id) ? id : undefined;
}
