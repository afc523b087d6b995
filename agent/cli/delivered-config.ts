// What the given host config is now, beside the one that the report is about.
import { withPatience } from "#agent/tick/config-file.ts";
import type { ReadConfig } from "#agent/tick/config-file.ts";
import { ownAddresses } from "#agent/facts/own-addresses.ts";
import type { Patience } from "#agent/files/patience.ts";
import { createConfigLoader } from "#agent/tick/load-config.ts";
import type { Report } from "#agent/report/report.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import { refusalIn, refusalProblem } from "#shared/sealed/refusal.ts";
import { readConfigFile } from "./config-source.ts";
import type { Options } from "./options.ts";
import { secretSourceName } from "./secret-source.ts";
import { urlIn } from "./url-in.ts";
import type { ConfigSource } from "#agent/tick/config-source.ts";

export type Delivered = {
  /** Why the given config is not the one in force, by what lies there now. */
  readonly problems: readonly Problem[];
  /** The given config is usable, but the report is about another. */
  readonly pending: boolean;
  /** What is to be said of the file itself. */
  readonly warnings: readonly string[];
};

/** What came on standard input cannot be read again, and no web server is asked: then the report's word holds. */
export async function lookAtDelivered(
  options: Options,
  state: StateStore,
  { report, patience }: { readonly report: Report | undefined; readonly patience: Pick<Patience, "run"> },
): Promise<Delivered> {
  const file = options.configGiven ? options.config : (report?.source?.file ?? options.config);
  if (file === "-" || urlIn(file) !== undefined)
    return { problems: report?.problems ?? [], pending: false, warnings: [] };
  let found: ReadConfig | undefined;
  const source = {
    name: file,
    host: options.host ?? report?.source?.host,
    allowOlder: report?.source?.allowOlder ?? false,
    addresses: ownAddresses,
    read: async () => {
      found = await withPatience(file, patience)(async () => readConfigFile(file));
      return found?.text;
    },
  };
  try {
    // facts change what is made of a config, not which one it is
    const { desired, problems } = await createConfigLoader()({
      source,
      // a place that is left behind by others is as it should be
      others: (kept) => [
        ...(report?.source?.urls ?? []).map(unasked),
        ...(kept?.agent.delivery?.kubernetes === undefined ? [] : [unasked(secretSourceName)]),
      ],
      state,
      keep: false,
      facts: async () => Promise.resolve({}),
    });
    const warnings = found?.warnings ?? [];
    if (problems.length > 0) return { problems, pending: false, warnings };
    const pending = desired.config !== report?.configDigest;
    // the agent may know what is not to be seen from here: that the file is not the one at the host's path any more
    return { problems: pending ? [] : (report?.problems ?? []), pending, warnings };
  } catch (error) {
    return { problems: problemsOf(error, file), pending: false, warnings: found?.warnings ?? [] };
  }
}

/** A place that has nothing new. */
function unasked(name: string): ConfigSource {
  return { name, isRemote: true, allowOlder: false, read: async () => Promise.resolve(undefined) };
}

/** What keeps a config from being used, from the error that says so; any other error goes on. */
export function problemsOf(error: unknown, file: string): readonly Problem[] {
  if (isFlexkubeError(error, "CONFIG_INVALID")) return error.details.problems;
  const refusal = refusalIn(error);
  if (refusal !== undefined) return [refusalProblem(refusal, file)];
  if (!isFlexkubeError(error, "CONFIG_UNREADABLE")) throw error;
  return [{ path: "", problem: `${error.message}: ${error.details.reason}`, file }];
}
