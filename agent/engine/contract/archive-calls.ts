// Uploads and downloads of the contract suite, as entries of their tars.
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";
import { hostMount, tarOf, type Bench, type TarItem } from "./bench.ts";

/** Uploads below the mounted host root, as config containers do. */
export async function putBelowHost(bench: Bench, id: string, items: readonly TarItem[]): Promise<void> {
  await bench.engine.putArchive(id, hostMount, await tarOf(items));
}

/** What a download of a path holds, in order. */
export async function contentsAt(
  bench: Bench,
  id: string,
  path: string,
): Promise<{ readonly header: Header; readonly content: string }[]> {
  const stream = Readable.from([await bench.engine.getArchive(id, path)]).pipe(extract());
  const entries: { readonly header: Header; readonly content: string }[] = [];
  for await (const entry of stream)
    entries.push({ header: entry.header, content: (await buffer(entry)).toString("utf8") });
  return entries;
}
