// The hidden `mend` command, run inside a privileged container: does the listed things, each of which may be done twice.
import { printableLine } from "#shared/printable.ts";
import { randomBytes } from "node:crypto";
import { fsyncSync, readFileSync, writeFileSync } from "node:fs";
import { errnoOf, errnoText } from "#agent/files/errno.ts";
import { withOpenDirectory } from "#agent/files/open-directory.ts";
import { placeFile } from "#agent/files/place.ts";
import { exitCodes } from "#shared/errors.ts";
import { isMachineId } from "./machine-id.ts";
import { parseMendArgument, sysctlPath, type Mend } from "./mend-arguments.ts";

export type MendCommandOptions = {
  /** Where the host's `/` is. */
  readonly root: string;
  /** Where the kernel's parameters are below `sys`: /proc of a container on the host's network. */
  readonly proc: string;
  /** Takes one line when something failed. */
  readonly print: (line: string) => void;
};

/** Exit code 0; 64 for an argument that is no mend, before anything is done; 73 at the first that fails. */
export function runMend(args: readonly string[], options: MendCommandOptions): number {
  const mends: Mend[] = [];
  for (const argument of args) {
    const mend = parseMendArgument(argument);
    if (mend === undefined) {
      options.print(printableLine(`${argument}: nothing that can be mended`));
      return exitCodes.usage;
    }
    mends.push(mend);
  }
  for (const [index, mend] of mends.entries()) {
    try {
      if (mend.what === "sysctl") setParameter(mend, options.proc);
      else makeMachineId(options.root);
    } catch (error) {
      options.print(`${args[index] ?? ""}: ${textOf(error)}`);
      return exitCodes.files;
    }
  }
  return exitCodes.ok;
}

function setParameter({ name, value }: Extract<Mend, { readonly what: "sysctl" }>, proc: string): void {
  writeFileSync(`${proc}/${sysctlPath(name)}`, `${value}\n`, { flag: "r+" });
}

/** Written beside and renamed, so that no reader sees half of it; an id that is there stays. */
function makeMachineId(root: string): void {
  const path = `${root}/etc/machine-id`;
  if (isMachineId(contentOf(path))) return;
  const content = Buffer.from(`${randomBytes(16).toString("hex")}\n`);
  withOpenDirectory(root, "/etc", (directory, fd) => {
    placeFile(directory, "machine-id", { content, mode: 0o444, uid: 0, gid: 0 });
    fsyncSync(fd);
  });
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}

function textOf(error: unknown): string {
  const errno = errnoOf(error);
  return errno === undefined ? String(error) : errnoText(errno);
}
