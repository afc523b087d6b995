// All that lies below a directory, as it is to be packed.
import { FlexkubeError } from "#shared/errors.ts";
import { parseClaim } from "#planner/io/claim.ts";
import type { FileIo } from "#planner/io/file-io.ts";

export type TreeEntry = {
  /** Below the directory, such as `etcd/ca.key`; empty for itself. */
  readonly name: string;
  readonly mode: number;
  /** Of a file. */
  readonly bytes?: Uint8Array | undefined;
};

/** Deeper than this is no `pki/`. */
const mostLevels = 8;

/** Parents first; without claims of runs and what a killed run left half written. Throws FILES_UNREADABLE. */
export async function readTree(
  directory: string,
  files: Pick<FileIo, "list" | "accessOf" | "readFile">,
): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  const walk = async (folders: readonly string[]): Promise<void> => {
    const at = [directory, ...folders].join("/");
    if (folders.length > mostLevels)
      throw new FlexkubeError("FILES_UNREADABLE", "a file cannot be read", {
        path: at,
        reason: `more than ${mostLevels} directories deep: does a link lead back?`,
      });
    const { mode = 0o700 } = (await files.accessOf(at)) ?? {};
    found.push({ name: folders.join("/"), mode });
    for (const name of await files.list(at)) {
      if (parseClaim(name) !== undefined) continue;
      if ((await files.accessOf(`${at}/${name}`))?.isDirectory === true) {
        await walk([...folders, name]);
        continue;
      }
      if (isHalf(name)) continue;
      const file = await files.readFile(`${at}/${name}`);
      if (file !== undefined) found.push({ name: [...folders, name].join("/"), ...file });
    }
  };
  await walk([]);
  return found;
}

/** A key or certificate, or one of the other files, whose temporaries begin with a dot. A host may be called x.tmp, and its directory. */
function isHalf(name: string): boolean {
  return name.endsWith(".tmp");
}
