// flexkube-planner backup-pki: what no host and no backup of etcd has, in one file that only its recipients can read.
import { privateFile } from "#planner/io/modes.ts";
import { dirname, relative } from "node:path";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { isAgeFile } from "#shared/sealed/envelope.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { Effects } from "#planner/effects.ts";
import { packTree } from "#planner/pki-backup/pack-tree.ts";
import { readTree } from "#planner/pki-backup/read-tree.ts";
import { sealFor } from "#planner/pki-backup/seal.ts";
import type { TreeEntry } from "#planner/pki-backup/read-tree.ts";
import { openCluster } from "#planner/split/run/prepare-split.ts";
import { parseState, stateFileName } from "#planner/state/planner-state.ts";
import type { Options } from "./parse-options.ts";

/** Directory in the archive. */
const folder = "pki";

/** Throws INTERNAL_USAGE, CONFIG_*, PKI_UNREADABLE where there is none, PKI_MISMATCH for another cluster's, PKI_LOCKED beside a split, FILES_*. */
export async function backupPkiCommand(options: Options, effects: Effects): Promise<number> {
  const { to, recipient: recipients = [] } = options;
  if (to === undefined) throw usage("--to", "the file to write is missing");
  if (recipients.length === 0) throw usage("--recipient", "nobody could read it: give age1…, as age-keygen prints it");
  const seal = sealFor(recipients);
  await checkTarget(to, options, effects);
  const { directories, loaded } = await openCluster(options, effects);
  if (!/^\.\.(?:\/|$)/.test(relative(directories.pki, to)))
    throw usage(to, `lies in ${directories.pki}, which it is a backup of: name a file elsewhere`);
  const tree = await readSteady(directories.pki, effects);
  // a backup of before is better than one of what no split can read; while a person is at the config, whose it is cannot be told
  if (loaded.problems.length === 0) checkState(tree, { directory: directories.pki, cluster: loaded.config.name });
  const sealed = await seal(await packTree(folder, tree, effects.clock.now()));
  await effects.files.makeDirectory(dirname(to), 0o700);
  await effects.files.writeFileAtomic(to, sealed, privateFile);
  const who = recipients.length === 1 ? "1 recipient" : `${recipients.length} recipients`;
  const count = tree.filter(({ bytes }) => bytes !== undefined).length;
  effects.printError(`${to} written: ${count} files of ${directories.pki}, for ${who}\n`);
  return exitCodes.ok;
}

/** No split writes meanwhile. */
async function readSteady(directory: string, { lock, files }: Effects): Promise<readonly TreeEntry[]> {
  const nothing = new FlexkubeError("PKI_UNREADABLE", "there is nothing to back up", {
    file: `${directory}/${stateFileName}`,
    reason: "run flexkube-planner split first",
  });
  // the lock would make the directory
  if ((await files.list(directory)).length === 0) throw nothing;
  const held = await lock.acquire(directory);
  try {
    const tree = await readTree(directory, files);
    if (!tree.some(({ name }) => name === stateFileName)) throw nothing;
    await held.check();
    return tree;
  } finally {
    await held.release();
  }
}

function checkState(
  tree: readonly TreeEntry[],
  { directory, cluster }: { readonly directory: string; readonly cluster: string },
): void {
  const { bytes = Buffer.of() } = tree.find(({ name }) => name === stateFileName) ?? {};
  parseState(Buffer.from(bytes).toString("utf8"), { file: `${directory}/${stateFileName}`, cluster });
}

/** An older backup is overwritten, anything else is not. */
async function checkTarget(to: string, { force }: Options, { files }: Effects): Promise<void> {
  const found = await files.readFile(to);
  if (force || found === undefined || isAgeFile(found.bytes)) return;
  throw usage(to, "another file is there; --force overwrites it");
}
