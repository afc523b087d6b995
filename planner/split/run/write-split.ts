// Puts a split on disk. The order makes a kill at any point harmless: keys and certificates first, so that a next run
// makes the same contents; then the state, so that a generation is never given to two contents; then the host configs, and sealed ones last.
import { privateDirectory, privateFile } from "#planner/io/modes.ts";
import { join } from "node:path";
import { temporaryName } from "#planner/io/file-io.ts";
import { eachLimited } from "#planner/pki/each-limited.ts";
import { hostFileName, renderHost } from "#planner/life/host-file.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import { closeExposed } from "#planner/split/read/check-access.ts";
import { moveAside } from "./begin-anew.ts";
import type { Effects } from "#planner/effects.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";
import { startProgress } from "./progress.ts";

const parallelWrites = 8;

/** Writes only what differs. Throws PKI_UNWRITABLE, PKI_MISMATCH and FILES_UNWRITABLE. */
export async function writeSplit(prepared: PreparedSplit, effects: Effects): Promise<void> {
  const { files } = effects;
  const { pki } = prepared.directories;
  await closeExposed(prepared.exposed, effects);
  if (prepared.founding !== undefined) await beginCluster(prepared, prepared.founding, effects);
  await prepared.pki.write();
  if (prepared.stateText !== undefined) {
    await files.makeDirectory(pki, privateDirectory);
    await files.writeFileAtomic(join(pki, stateFileName), Buffer.from(prepared.stateText), privateFile);
  }
  await removeLeftovers(prepared, effects);
  await writeHosts(prepared, effects);
  await prepared.sealed?.write();
}

async function writeHosts({ directories: { out }, hosts }: PreparedSplit, effects: Effects): Promise<void> {
  const { files } = effects;
  const changes = hosts.filter(({ isWritten }) => isWritten);
  if (changes.length === 0) return;
  await files.makeDirectory(out, privateDirectory);
  const progress = startProgress(effects);
  let done = 0;
  await eachLimited(changes, { limit: parallelWrites }, async ({ config, host }) => {
    await files.writeFileAtomic(join(out, hostFileName(host)), Buffer.from(renderHost(config).join("")), privateFile);
    progress("wrote # host configs", ++done, changes.length);
  });
}

/** From here on a run that is killed has begun: keys without host configs are its own, not those of a life before. */
async function beginCluster(
  { directories, setAside }: PreparedSplit,
  founding: string,
  effects: Effects,
): Promise<void> {
  const { files } = effects;
  await moveAside(setAside, founding, effects);
  await files.makeDirectory(directories.pki, privateDirectory);
  const file = join(directories.pki, stateFileName);
  const found = await files.readFile(file);
  if (found === undefined || !Buffer.from(founding).equals(found.bytes))
    await files.writeFileAtomic(file, Buffer.from(founding), privateFile);
}

/** A run that was killed may have left a temporary file, which holds secrets. */
async function removeLeftovers({ directories, hosts }: PreparedSplit, { files }: Effects): Promise<void> {
  const temporary = new Set(hosts.map(({ host }) => temporaryName(hostFileName(host))));
  for (const name of await files.list(directories.out))
    if (temporary.has(name)) await files.remove(join(directories.out, name));
}
