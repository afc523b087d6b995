// The hidden `backups` command, run inside a helper that has the directory of backups and nothing else of the host.
import { exitCodes } from "#shared/errors.ts";
import { errnoOf, errnoText } from "#agent/files/errno.ts";
import { directoryDisk } from "./directory-disk.ts";
import { keepBackups } from "./keep-files.ts";
import { parseKeepArgument } from "./keep-order.ts";

export type KeepCommandOptions = {
  /** Where the directory of backups is. */
  readonly directory: string;
  /** Takes one line for people when not all is well. */
  readonly print: (line: string) => void;
};

/** Exit code 0; 64 for an argument that is no order; 73 when something failed, is damaged, or is no backup; 75 when the snapshot is gone. */
export function runKeep(args: readonly string[], { directory, print }: KeepCommandOptions): number {
  const order = args.length === 1 ? parseKeepArgument(args[0] ?? "") : undefined;
  if (order === undefined) {
    print("not an order");
    return exitCodes.usage;
  }
  try {
    const { refused, isGone, damaged } = keepBackups(directoryDisk(directory), order);
    if (refused !== undefined) print(refused);
    for (const name of damaged) print(`${name} is damaged, and is called ${name}.damaged from now on`);
    if (isGone === true) return exitCodes.locked;
    return refused === undefined && damaged.length === 0 ? exitCodes.ok : exitCodes.files;
  } catch (error) {
    const errno = errnoOf(error);
    print(errno === undefined ? String(error) : errnoText(errno));
    return exitCodes.files;
  }
}
