// Signs and seals the host configs of a split, each for its host and for recovery. An age file is never twice the same, so one that
// still stands for its config is left as it is.
import { openFile, privateFile } from "#planner/io/modes.ts";
import { createHash, createPublicKey } from "node:crypto";
import { dirname, join } from "node:path";
import { Encrypter } from "age-encryption";
import { canonical } from "#shared/canonical.ts";
import { contentKey } from "#shared/delivery/content-key.ts";
import { packEnvelope } from "#shared/sealed/envelope.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Effects } from "#planner/effects.ts";
import { sealingDirectory, type SealingKeys } from "#planner/pki/sealing-keys.ts";
import { renderHost } from "#planner/life/host-file.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import type { SealedHost, SealedSplit } from "#planner/split/prepared-split.ts";
import { indexFileName, parseIndex, renderIndex, sealedFileName } from "#shared/sealed/sealed-index.ts";
import type { SealedEntry, SealedIndex } from "#shared/sealed/sealed-index.ts";

const openDirectory = 0o755;

type About = {
  readonly keys: SealingKeys;
  /** Where sealed files go. */
  readonly directory: string;
  readonly pki: string;
  readonly files: Effects["files"];
};

/** Which files have to be sealed; nothing is sealed yet. Throws FILES_UNREADABLE. */
export async function prepareSealed(hosts: readonly HostChange[], about: About): Promise<SealedSplit> {
  const { keys, directory, pki, files } = about;
  const index = parseIndex(await textOf(join(pki, sealingDirectory, indexFileName), files));
  const signer = createPublicKey(keys.signer.reveal()).export({ type: "spki", format: "der" }).toString("base64");
  const sealed: SealedHost[] = [];
  for (const { host, config } of hosts) {
    const recipients = keys.recipients.get(host) ?? [];
    const of = sha256(canonical([...renderHost(config), ...recipients, signer]));
    const known = index.get(host);
    const found = known?.of === of ? await files.readFile(join(directory, sealedFileName(host))) : undefined;
    sealed.push({ host, of, isWritten: found === undefined || sha256(found.bytes) !== known?.file });
  }
  return { directory, hosts: sealed, write: async () => sealAll({ sealed, index, hosts }, about) };
}

async function textOf(path: string, files: Effects["files"]): Promise<string | undefined> {
  const found = await files.readFile(path);
  return found && Buffer.from(found.bytes).toString("utf8");
}

type Work = {
  readonly sealed: readonly SealedHost[];
  readonly index: SealedIndex;
  readonly hosts: readonly HostChange[];
};

/** The files first: one that the index does not know yet is sealed once more, one that it knows is there. */
async function sealAll({ sealed, index, hosts }: Work, { keys, directory, pki, files }: About): Promise<void> {
  const due = new Map(sealed.filter(({ isWritten }) => isWritten).map(({ host, of }) => [host, of]));
  if (due.size === 0) return;
  await files.makeDirectory(directory, openDirectory);
  const after = new Map(index);
  for (const { host, config } of hosts) {
    const of = due.get(host);
    if (of === undefined) continue;
    const { bytes, ...entry } = await sealHost(config, index.get(host), keys);
    await files.writeFileAtomic(join(directory, sealedFileName(host)), bytes, openFile);
    after.set(host, { ...entry, of, file: sha256(bytes) });
  }
  const file = join(pki, sealingDirectory, indexFileName);
  await files.makeDirectory(dirname(file), 0o700);
  await files.writeFileAtomic(file, Buffer.from(renderIndex(after)), privateFile);
}

async function sealHost(
  config: HostConfig,
  before: SealedEntry | undefined,
  keys: SealingKeys,
): Promise<Pick<SealedEntry, "generation" | "content" | "previous"> & { readonly bytes: Uint8Array }> {
  const { cluster, host, generation = 1 } = config;
  const text = renderHost(config).join("");
  const previous =
    before === undefined || before.generation === generation
      ? before?.previous
      : { generation: before.generation, content: before.content };
  const header = { cluster, host, generation, ...(previous === undefined ? {} : { previous }) };
  const encrypter = new Encrypter();
  for (const recipient of keys.recipients.get(host) ?? []) encrypter.addRecipient(recipient);
  const bytes = await encrypter.encrypt(packEnvelope(text, header, keys.signer.reveal()));
  return { generation, content: contentKey(text, config.secrets["hash-key"]), previous, bytes };
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
