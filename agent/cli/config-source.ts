// Where the host config comes from: a file that is looked at before it is read, standard input once, web servers now and then.
import { readlink } from "node:fs/promises";
import { dirname } from "node:path";
import { createConfigFile } from "#agent/tick/config-file.ts";
import type { ConfigFile, ReadConfig } from "#agent/tick/config-file.ts";
import { ownAddresses } from "#agent/facts/own-addresses.ts";
import { createHostTwin, notSeenAt } from "#agent/files/host-twin.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import type { ConfigSource } from "#agent/tick/config-source.ts";
import type { LoadOptions } from "#agent/tick/load-config.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { notText } from "#shared/delivery/wrapping.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";
import { isSealed } from "#shared/sealed/envelope.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { maxDocumentBytes } from "#shared/document/parse-yaml.ts";
import { errorCode } from "#shared/error-code.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { createSecretSource } from "./secret-source.ts";
import type { SecretSource } from "./secret-source.ts";
import { urlIn } from "./url-in.ts";
import { createWebSource } from "./web-source.ts";
import type { AskedPlace } from "./web-source.ts";
import { directoriesOpenTo, openTo } from "./who-may-write.ts";

/** A config that is piped in comes at once. */
const silenceMs = 3000;

export type ConfigSources = {
  /** The host's own file, or standard input; the first web server where neither is named. */
  readonly source: ConfigSource;
  readonly others: NonNullable<LoadOptions["others"]>;
  /** Unset where no file is named. */
  readonly file?: ConfigFile | undefined;
  /** All that are asked beside the ticks. */
  readonly servers: readonly AskedPlace[];
  readonly secret: SecretSource;
};

/** Nothing is read or asked before a source is. `loop`: questions go on beside the ticks, which wait for none. */
export async function configSources(
  options: Options,
  environment: Environment,
  { state, loop, connect }: { readonly state: StateStore; readonly loop: boolean; readonly connect: ConnectKubernetes },
): Promise<ConfigSources> {
  const { host, allowOlder, acceptUnsealed, signers, firstSigners } = options;
  const place = { host, addresses: ownAddresses, signers, firstSigners };
  const urls = options.configs.flatMap((config) => urlIn(config) ?? []);
  const servers = urls.map((url) => createWebSource(url, { ...options, ...environment, state, loop, place }));
  const further = servers.map(({ source }) => source);
  const secret = createSecretSource(connect, { ...options, ...environment, state, loop, place });
  const asked = [...servers, secret];
  const behind =
    (first: number): ConfigSources["others"] =>
    (kept) => [...further.slice(first), ...(kept?.agent.delivery?.kubernetes === undefined ? [] : [secret.source])];
  const name = options.configs.find((config) => urlIn(config) === undefined);
  const [first] = further;
  if (name === undefined && first !== undefined) return { source: first, others: behind(1), servers: asked, secret };
  const common = { ...place, name: name ?? options.config, allowOlder, acceptUnsealed };
  if (name === "-") {
    const text = await readOnce(environment, state);
    return {
      source: { ...common, read: async () => Promise.resolve(text) },
      others: behind(0),
      servers: asked,
      secret,
    };
  }
  const notSeen = createHostTwin(common.name, options.hostRoot);
  const readFile = async (): Promise<ReadConfig | undefined> => readConfigFile(common.name);
  const file = createConfigFile(common.name, { ...environment, notSeen, readFile });
  return {
    source: { ...common, warnings: file.warnings, read: file.read },
    others: behind(0),
    file,
    servers: asked,
    secret,
  };
}

/**
 * Standard input of a container that was restarted stays open and silent, so with a config in force it is waited for
 * only a little.
 */
async function readOnce({ readStandardInput, clock, signal }: Environment, state: StateStore): Promise<string> {
  if ((await state.readConfig("in-force")) === undefined) return decoded(await readStandardInput(), "-");
  const end = new AbortController();
  const nothing = new Uint8Array();
  const silence = clock.sleep(silenceMs, AbortSignal.any([signal, end.signal])).then(
    () => nothing,
    () => nothing,
  );
  try {
    return decoded(await Promise.race([readStandardInput(), silence]), "-");
  } finally {
    end.abort();
  }
}

/** A missing file is nothing to read; what cannot be read, should not be, or is not seen here is CONFIG_UNREADABLE. */
export async function readConfigFile(file: string): Promise<ReadConfig | undefined> {
  try {
    const { bytes, stats } = await readRegularFile(file, { limit: maxDocumentBytes });
    const warnings = [...openTo(file, stats), ...(await directoriesOpenTo(file, stats))];
    return { text: decoded(bytes, file), warnings };
  } catch (error) {
    if (isFlexkubeError(error) || !(error instanceof Error)) throw error;
    if (errorCode(error) === "ENOENT") {
      const reason = (await notSeenAt(dirname(file))) ?? (await linkFault(file));
      if (reason !== undefined) throw unreadable(file, reason, error);
      return undefined;
    }
    if (errorCode(error) === "ELOOP") throw unreadable(file, "it is a link that leads to itself", error);
    throw unreadable(file, error.message, error);
  }
}

/** Why the file is not there although something is at its path: most often a link leads out of what the container mounts. */
async function linkFault(file: string): Promise<string | undefined> {
  const target = await readlink(file).catch(() => undefined);
  if (target === undefined) return undefined;
  return `it is a link to ${target}, and nothing is seen there from here: copy the file itself, or mount the directory that it leads to`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The text of what comes from anywhere, that of a sealed one as latin1; CONFIG_UNREADABLE when it is none. */
export function decoded(content: string | Uint8Array, file: string): string {
  const text = typeof content === "string" ? content : isSealed(content) ? latin1(content) : textOfBytes(content);
  if (text !== undefined) return text;
  const { problem, line, column } = notText(Buffer.from(content));
  throw unreadable(file, `${problem}, by line ${line}, column ${column}`);
}

function unreadable(file: string, reason: string, cause?: unknown): FlexkubeError<"CONFIG_UNREADABLE"> {
  return new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason }, { cause });
}
