// What lies below a directory as a tar archive.
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { TreeEntry } from "./read-tree.ts";

/** File type bits: tar-stream takes mode 0 for unset; the bits make it another number and are cut off again. */
const typeBits = 0o100000;

/** Below `folder`, each with its mode, of nobody in particular; `modifiedAt`: epoch milliseconds, for all of them. */
export async function packTree(
  folder: string,
  tree: readonly TreeEntry[],
  modifiedAt: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const archive = pack();
  for (const entry of tree) {
    const name = entry.name === "" ? folder : `${folder}/${entry.name}`;
    const headers = { name, mode: entry.mode | typeBits, mtime: new Date(modifiedAt) };
    if (entry.bytes === undefined) archive.entry({ ...headers, type: "directory" });
    else archive.entry({ ...headers, size: entry.bytes.byteLength }, Buffer.from(entry.bytes));
  }
  archive.finalize();
  return new Uint8Array(await buffer(archive));
}
