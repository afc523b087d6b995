// What `boot --config-url` takes from the operator's files: whom hosts believe, who may have signed the server's certificate, hosts' keys.
import { join } from "node:path";
import { FlexkubeError } from "#shared/errors.ts";
import { isArmored } from "#shared/sealed/envelope.ts";
import { usage } from "#shared/command-line/usage.ts";
import type { HostFile } from "#planner/boot/host-file.ts";
import { identityPath } from "#planner/boot/host-paths.ts";
import type { WebPlaces } from "#planner/boot/web-places.ts";
import type { Read } from "#planner/boot/web-words.ts";
import { identityFault, notWithWeb, readAuthorities, readSigners, webUrlFault } from "#planner/boot/web-words.ts";
import type { Effects } from "#planner/effects.ts";
import { sealingDirectory } from "#planner/pki/sealing-keys.ts";
import type { Options } from "./parse-options.ts";

const defaultPki = "pki";

/** Undefined without --config-url. Throws INTERNAL_USAGE; CONFIG_UNREADABLE where the cluster has no signer, or there is no CA. */
export async function webPlacesOf(options: Options, { files }: Effects): Promise<WebPlaces | undefined> {
  const { configUrl: urls, configCa, identity, pki, agentOption = [] } = options;
  if (urls === undefined) {
    const alone = [
      ["--config-ca", configCa !== undefined],
      ["--identity", identity],
      ["--pki", pki !== undefined],
    ] as const;
    const [given] = alone.find(([, isGiven]) => isGiven) ?? [];
    if (given !== undefined) throw usage(given, "it is for what --config-url makes");
    return undefined;
  }
  const unfit = urls.map(webUrlFault).find((fault) => fault !== undefined);
  if (unfit !== undefined) throw usage("--config-url", unfit);
  const own = agentOption.map(notWithWeb).find((name) => name !== undefined);
  if (own !== undefined) throw usage("--agent-option", `${own} does not go with --config-url`);
  const signers = await signersIn(join(pki ?? defaultPki, sealingDirectory, "signer.pub"), files);
  return { urls, signers, authorities: configCa === undefined ? undefined : await authoritiesIn(configCa, files) };
}

async function signersIn(file: string, files: Effects["files"]): Promise<readonly string[]> {
  const found = await files.readFile(file);
  if (found === undefined)
    throw unreadable(
      file,
      "it is not there, and a web server brings sealed host configs alone: flexkube-planner split --seal",
    );
  return valueOf(file, readSigners(textOf(found.bytes)));
}

async function authoritiesIn(file: string, files: Effects["files"]): Promise<string> {
  const found = await files.readFile(file);
  if (found === undefined) throw unreadable(file, "it is not there");
  return valueOf(file, readAuthorities(textOf(found.bytes)));
}

function valueOf<Value>(file: string, { value, fault }: Read<Value>): Value {
  if (fault !== undefined) throw unreadable(file, fault);
  return value;
}

export type Sealed = { readonly file: string; readonly bytes: Uint8Array };

/** The key that the planner made for the host, as the agent keeps it. Throws CONFIG_UNREADABLE, also where it does not open what the host gets. */
export async function identityFile(
  host: string,
  { pki = defaultPki, sealed }: Pick<Options, "pki"> & { readonly sealed: Sealed },
  files: Effects["files"],
): Promise<HostFile> {
  const file = join(pki, sealingDirectory, "hosts", `${host}.key`);
  const found = await files.readFile(file);
  if (found === undefined)
    throw unreadable(file, "it is not there: its key was made on the host, or no split --seal was made for it yet");
  const fault = identityFault(textOf(found.bytes));
  if (fault !== undefined) throw unreadable(file, fault);
  if (!(await isOpenedBy(textOf(found.bytes), sealed.bytes)))
    throw unreadable(
      file,
      `it does not open ${sealed.file}, as where the host has a recipient in the cluster config by now: leave --identity out, or flexkube-planner split`,
    );
  return { path: identityPath, bytes: found.bytes };
}

async function isOpenedBy(identity: string, bytes: Uint8Array): Promise<boolean> {
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  try {
    for (const line of identity.split("\n")) if (line.startsWith("AGE-SECRET-KEY-")) decrypter.addIdentity(line.trim());
    await decrypter.decrypt(isArmored(bytes) ? armor.decode(Buffer.from(bytes).toString("latin1")) : bytes);
    return true;
  } catch {
    // the library's error is left out: it has seen a key
    return false;
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

function unreadable(file: string, reason: string): FlexkubeError {
  return new FlexkubeError("CONFIG_UNREADABLE", "what a document needs cannot be read", { file, reason });
}
