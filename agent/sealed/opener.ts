// The one place where a host config that came sealed becomes one like any other. What has been opened is not opened again.
import { createHash } from "node:crypto";
import { isSealed } from "#shared/sealed/envelope.ts";
import { ownValue } from "#shared/own-value.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { keysIn } from "#agent/report/own-keys.ts";
import type { StateStore } from "#agent/report/state-store.ts";

/** A config that this host has, and its `contentKey` where the planner made it. */
export type Kept = { readonly config: HostConfig; readonly content?: (() => string) | undefined };

/** What it is opened and judged by. */
export type OpenWith = {
  /** Shown in errors. */
  readonly file: string;
  /** The host this agent was told it is on. */
  readonly host?: string | undefined;
  readonly allowOlder: boolean;
  /** Further signers that a person has named, public keys in PEM. */
  readonly signers?: readonly string[] | undefined;
  /** Those that the host has, the one in force first. */
  readonly kept: readonly Kept[];
  readonly state: Pick<StateStore, "readIdentity">;
};

export type Opened = { readonly text: string; readonly wasSealed: boolean };

/** Text that is not sealed is returned as it is. Throws SEALED_*. */
export type Open = (text: string, by: OpenWith) => Promise<Opened>;

export function createOpener(): Open {
  // what stays where it is is read at every tick
  const last = new Map<string, { readonly digest: string; readonly text: string }>();
  return async (text, by) => {
    if (!isSealed(text)) return { text, wasSealed: false };
    const bytes = Buffer.from(text, "latin1");
    const digest = createHash("sha256").update(bytes).digest("hex");
    const known = last.get(by.file);
    const opened = known?.digest === digest ? known : { digest, text: await open(bytes, by) };
    last.set(by.file, opened);
    return { text: opened.text, wasSealed: true };
  };
}

async function open(
  bytes: Uint8Array,
  { file, host, allowOlder, signers = [], kept, state }: OpenWith,
): Promise<string> {
  const { openSealed } = await import("./open-sealed.ts");
  const [first] = kept;
  const own = await state.readIdentity();
  return openSealed(bytes, {
    file,
    identities: [...new Set([...kept.flatMap(identityIn), ...(own.fault === undefined ? own.keys : [])])],
    keyFault: own.fault,
    signers: [...(first === undefined ? [] : signersIn(first)), ...signers],
    past: {
      cluster: first?.config.cluster,
      host: host ?? first?.config.host,
      generation: first?.config.generation,
      content: first?.content,
      allowOlder,
    },
  });
}

function identityIn({ config }: Kept): readonly string[] {
  const key = ownValue(config.secrets, config.agent.delivery?.identity ?? "");
  return key === undefined ? [] : keysIn(key);
}

function signersIn({ config }: Kept): readonly string[] {
  const keys = ownValue(config.secrets, config.agent.delivery?.signers ?? "");
  return keys === undefined ? [] : [keys];
}
