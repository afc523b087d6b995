// The hidden `restore` command, run inside a helper that has a member's data directory and, where it is needed, the snapshot.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exitCodes } from "#shared/errors.ts";
import { errnoOf, errnoText } from "#agent/files/errno.ts";
import { directoryRestoreDisk } from "./directory-restore-disk.ts";
import { restoreFiles } from "./restore-files.ts";
import { parseRestoreArgument } from "./restore-order.ts";

export type RestoreCommandOptions = {
  /** Where the data directory is. */
  readonly data: string;
  /** The snapshot's directory is there when it is needed; its name is the second argument. */
  readonly snapshots: string;
  /** Takes one line for people when it was not done. */
  readonly print: (line: string) => void;
};

/** Exit code 0; 64 for an argument that is no order; 73 when it was not done. */
export function runRestore(args: readonly string[], { data, snapshots, print }: RestoreCommandOptions): number {
  const [argument = "", snapshot] = args;
  const order = parseRestoreArgument(argument);
  if (order === undefined || (snapshot !== undefined && !readdirSync(snapshots).includes(snapshot))) {
    print(order === undefined ? "not an order" : `${snapshot ?? ""} is not there any more`);
    return order === undefined ? exitCodes.usage : exitCodes.files;
  }
  try {
    const disk = directoryRestoreDisk(data, snapshot === undefined ? undefined : join(snapshots, snapshot));
    const refused = restoreFiles(disk, order);
    if (refused === undefined) return exitCodes.ok;
    print(refused);
  } catch (error) {
    const errno = errnoOf(error);
    print(errno === undefined ? String(error) : errnoText(errno));
  }
  return exitCodes.files;
}
