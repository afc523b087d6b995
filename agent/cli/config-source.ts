// Where the host config comes from: a file that is looked at before it is read, or standard input once.
import { readlink } from "node:fs/promises";
import { dirname } from "node:path";
import { createConfigFile } from "#agent/tick/config-file.ts";
import type { ConfigFile, ReadConfig } from "#agent/tick/config-file.ts";
import { ownAddresses } from "#agent/facts/own-addresses.ts";
import { createHostTwin, notSeenAt } from "#agent/files/host-twin.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import type { ConfigSource } from "#agent/tick/load-config.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { notText } from "#shared/delivery/wrapping.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { maxDocumentBytes } from "#shared/document/parse-yaml.ts";
import { errorCode } from "#shared/error-code.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { directoriesOpenTo, openTo } from "./who-may-write.ts";

/** A config that is piped in comes at once. */
const silenceMs = 3000;

export async function configSource(
  options: Options,
  environment: Environment,
  state: StateStore,
): Promise<{ readonly source: ConfigSource; readonly file?: ConfigFile }> {
  const { config: name, host, allowOlder } = options;
  const common = { name, host, allowOlder, addresses: ownAddresses };
  if (name === "-") {
    const text = await readOnce(environment, state);
    return { source: { ...common, read: async () => Promise.resolve(text) } };
  }
  const notSeen = createHostTwin(name, options.hostRoot);
  const file = createConfigFile(name, { ...environment, notSeen, readFile: async () => readConfigFile(name) });
  return { source: { ...common, warnings: file.warnings, read: file.read }, file };
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

/** The text of what comes from anywhere; CONFIG_UNREADABLE when it is none. */
export function decoded(content: string | Uint8Array, file: string): string {
  const text = typeof content === "string" ? content : textOfBytes(content);
  if (text !== undefined) return text;
  const { problem, line, column } = notText(Buffer.from(content));
  throw unreadable(file, `${problem}, by line ${line}, column ${column}`);
}

function unreadable(file: string, reason: string, cause?: unknown): FlexkubeError<"CONFIG_UNREADABLE"> {
  return new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", { file, reason }, { cause });
}
