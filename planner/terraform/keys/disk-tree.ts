// Keys and host configs in directories, as flexkube-planner keeps them, taken into a state or put there from one.
import { privateDirectory, privateFile } from "#planner/io/modes.ts";
import { dirname, join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";
import type { FileIo } from "#planner/io/file-io.ts";
import { readTree } from "#planner/pki-backup/read-tree.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { PkiIo } from "#planner/pki/types.ts";
import type { Tree } from "./tree.ts";

const suffix = ".yaml";

type Writing = { readonly files: FileIo; readonly pki: PkiIo };
export type Directories = { readonly pki: string; readonly hosts: string };

/** Nothing where a directory is missing. Throws FILES_UNREADABLE. */
export async function treeOnDisk({ pki, hosts }: Directories, files: FileIo): Promise<Tree> {
  const found = (await files.list(pki)).length === 0 ? [] : await readTree(pki, files);
  const texts = new Map<string, string>();
  for (const { name, bytes } of found) if (bytes !== undefined) texts.set(name, textOf(join(pki, name), bytes));
  const configs = new Map<string, string>();
  for (const name of await files.list(hosts)) {
    if (!name.endsWith(suffix) || name.startsWith(".")) continue;
    const file = await files.readFile(join(hosts, name));
    if (file !== undefined) configs.set(name.slice(0, -suffix.length), textOf(join(hosts, name), file.bytes));
  }
  return { pki: texts, hosts: configs };
}

/**
 * What the planner remembers comes last of the PKI, as in a split: with it all is there. Throws FILES_UNWRITABLE.
 */
export async function putOnDisk(tree: Tree, { pki, hosts }: Directories, io: Writing): Promise<void> {
  const put = async (path: string, content: string, by: FileIo | PkiIo): Promise<void> => {
    await by.makeDirectory(dirname(path), privateDirectory);
    await by.writeFileAtomic(path, Buffer.from(content), privateFile);
  };
  const names = [...tree.pki.keys()].filter((name) => name !== stateFileName);
  for (const name of [...names, stateFileName]) {
    const content = tree.pki.get(name);
    if (content !== undefined) await put(join(pki, name), content, io.pki);
  }
  for (const [host, content] of tree.hosts) await put(join(hosts, `${host}${suffix}`), content, io.files);
}

function textOf(path: string, bytes: Uint8Array): string {
  const found = textOfBytes(bytes);
  if (found === undefined)
    throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", { path, reason: "it is no UTF-8 text" });
  return found;
}
