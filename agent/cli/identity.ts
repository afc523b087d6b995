// `identity`: the key of age that was made on this host, and what others seal to.
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import type { KeyFault, OwnKeys } from "#agent/report/own-keys.ts";
import type { IdentityOutput } from "#agent/output/backup-output.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/**
 * Prints the recipient; makes a key when there is none, or another one is asked for. Throws FILES_UNWRITABLE, and FILES_UNREADABLE for a key that
 * is there and cannot be used: what is sealed to it would be lost with it.
 */
export async function identityCommand(
  { state: directory, newKey, json }: Options,
  environment: Environment,
): Promise<number> {
  const recipient = await recipientIn(await openStateDirectory({ directory, ...environment }), directory, newKey);
  const output: IdentityOutput = { version: outputVersion, recipient };
  environment.print(json ? `${JSON.stringify(output)}\n` : `${recipient}\n`);
  return exitCodes.ok;
}

/** `directory` is shown in errors. */
export async function recipientIn(state: StateStore, directory: string, newKey: boolean): Promise<string> {
  const before = await state.readIdentity();
  if (newKey) return renewed(state, before);
  const isThere = before.fault !== undefined || before.keys.length > 0;
  if (!isThere) await state.makeIdentity(`${await generateX25519Identity()}\n`);
  // another process may have made one at the same moment: then that is the host's
  const { fault, keys } = isThere ? before : await state.readIdentity();
  if (fault !== undefined) throw unusable(directory, fault);
  const [kept] = keys;
  const known = kept === undefined ? undefined : await recipientOf(kept);
  if (known === undefined) throw unusable(directory, noKey);
  return known;
}

async function renewed(state: StateStore, { keys: [kept] }: OwnKeys): Promise<string> {
  const isKey = kept !== undefined && (await recipientOf(kept)) !== undefined;
  const key = await generateX25519Identity();
  // the one before opens what is on its way
  await state.writeIdentity(isKey ? `${key}\n${kept}\n` : `${key}\n`);
  return identityToRecipient(key);
}

const noKey: KeyFault = {
  reason: "it is no key of age, or was cut",
  hint: "put it back from a copy, or flexkube-agent identity --new makes another one",
};

/** Undefined for what is no key. */
async function recipientOf(key: string): Promise<string | undefined> {
  try {
    return await identityToRecipient(key);
  } catch {
    // the library's error is left out: it has seen a key
    return undefined;
  }
}

function unusable(directory: string, { reason, hint }: KeyFault): FlexkubeError {
  const details = { path: join(directory, "identity.key"), reason: `${reason}: ${hint}` };
  return new FlexkubeError("FILES_UNREADABLE", "the key of this host cannot be used", details);
}
