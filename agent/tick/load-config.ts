// Which host config is in force: the given one if it is usable, else the last one that was.
import { notAfter, notForThisHost, originOf, originWarning, recordOf } from "./guard-config.ts";
import type { Known, Past, Place } from "./guard-config.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { canonical } from "#shared/canonical.ts";
import { contentKey } from "#shared/delivery/content-key.ts";
import { expand } from "#shared/expand/expand.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";

export type Loaded = {
  readonly config: HostConfig;
  readonly text: string;
  readonly desired: DesiredState;
  /** What is wrong with the given config, when an older one is in force instead. */
  readonly problems: readonly Problem[];
  /** Why the given config, which is usable, is not in force: it cannot be kept. */
  readonly unkept?: FlexkubeError<"FILES_UNWRITABLE"> | undefined;
  /** Why the config in force is known to this process only: the state directory keeps none. */
  readonly inMemory?: FlexkubeError<"FILES_UNWRITABLE"> | undefined;
  /** The config before this one that worked; where a failed component goes back to. */
  readonly fallback?: DesiredState | undefined;
  readonly lastGoodText?: string | undefined;
  /** What a person should know of a config that is in force all the same. */
  readonly warnings?: readonly string[] | undefined;
  /** What is remembered of it and those before it. */
  readonly record?: DeliveryRecord | undefined;
};

/** Named as in problems; "-" is standard input. */
export type ConfigSource = Place & {
  /** The text now; undefined when there is nothing to read. Throws CONFIG_UNREADABLE. */
  readonly read: () => Promise<string | undefined>;
  /** What the last read has found about the file itself. */
  readonly warnings?: (() => readonly string[]) | undefined;
  readonly allowOlder: boolean;
};

export type LoadOptions = {
  readonly source: ConfigSource;
  readonly state: StateStore;
  /** Remember a new config as the one in force. False for commands that only look. */
  readonly keep: boolean;
  /** What only the host knows, as far as this config rests on it. */
  readonly facts: (config: HostConfig) => Promise<HostFacts>;
  /** What the host's containers tell of configs before this one; asked when the state directory remembers none. Throws ENGINE_*. */
  readonly trace?: ((config: HostConfig) => Promise<DeliveryRecord | undefined>) | undefined;
};

/** Loads anew each time, but parses a text and expands it with the same facts only once: mostly the three texts are one. */
export function createConfigLoader(parse: Parse = parseHostConfig): (options: LoadOptions) => Promise<Loaded> {
  const understand = createUnderstand(parse);
  const expandOnce = createExpander();
  // what a state directory that was removed or cannot be read has forgotten
  let inMemory: Known | undefined;
  return async (options) => {
    const { source, state } = options;
    const onDisk = await readKept(state, "in-force", understand);
    const lastGood = await readKept(state, "last-good", understand);
    // one that was damaged on the disk is followed by the one before it
    const kept = onDisk ?? inMemory ?? lastGood;
    const parsed = await understandGiven(options, kept, understand);
    const past = { kept, record: await readRecord(options, { parsed, kept, lastGood }) };
    const given = "problems" in parsed ? parsed : guarded(parsed, past, source);
    const usable = "problems" in given ? stillUsable(kept, source) : given;
    if (usable === undefined || "problem" in usable) throw unusable(source, given, usable);
    const record = recordOf(
      usable,
      past.record ?? (kept && recordOf(kept, undefined, false)),
      source.allowOlder && usable === given,
    );
    const refused = options.keep
      ? await keepInForce(state, { usable, onDisk, record, before: past.record })
      : undefined;
    // what the disk still has comes back after a restart, so it stays; with nothing there, memory is all there is
    const unkept = onDisk === undefined ? undefined : refused;
    const chosen = unkept === undefined || onDisk === undefined ? usable : onDisk;
    if (options.keep) inMemory = chosen;
    const desired = expandOnce("desired", chosen.config, await options.facts(chosen.config));
    return {
      ...chosen,
      desired,
      problems: "problems" in given ? given.problems : [],
      unkept,
      inMemory: onDisk === undefined ? refused : undefined,
      fallback:
        lastGood === undefined || lastGood.text === chosen.text
          ? lastGood && desired
          : expandOnce("fallback", lastGood.config, await options.facts(lastGood.config)),
      lastGoodText: lastGood?.text,
      record,
      warnings: [originWarning(chosen.origin, record), ...(source.warnings?.() ?? [])].filter(
        (each) => each !== undefined,
      ),
    };
  };
}

type Parse = typeof parseHostConfig;

function createUnderstand(parse: Parse): Understand {
  const cache = new Map<"given" | "in-force" | "last-good", Known>();
  return (role, text, name) => {
    const known = [...cache.values()].find((other) => other.text === text);
    if (known !== undefined) {
      cache.set(role, known);
      return known;
    }
    const parsed = parse(text, name);
    if (!parsed.ok) return parsed.problems;
    const fresh = knownOf(text, parsed.value);
    cache.set(role, fresh);
    return fresh;
  };
}

function knownOf(text: string, config: HostConfig): Known {
  let digest: string | undefined;
  const find = (): string => (digest ??= contentKey(text, config.secrets["hash-key"]));
  return { text, config, origin: originOf(text), digest: find };
}

type Expanded = { readonly config: HostConfig; readonly facts: string; readonly desired: DesiredState };

function createExpander(): (role: "desired" | "fallback", config: HostConfig, facts: HostFacts) => DesiredState {
  const cache = new Map<"desired" | "fallback", Expanded>();
  return (role, config, facts) => {
    const known = cache.get(role);
    if (known?.config === config && known.facts === canonical(facts)) return known.desired;
    const desired = expand(config, facts);
    cache.set(role, { config, facts: canonical(facts), desired });
    return desired;
  };
}

/** A config in force stays so, but not on a machine that it is not meant for. */
function stillUsable(kept: Known | undefined, source: ConfigSource): Known | Problem | undefined {
  return kept && (notForThisHost(kept.config, source) ?? kept);
}

function unusable(
  source: ConfigSource,
  given: Known | { readonly problems: readonly Problem[] },
  found: Problem | undefined,
): FlexkubeError {
  const problems = [...("problems" in given ? given.problems : []), ...(found === undefined ? [] : [found])];
  const told = problems.filter(
    ({ path, problem }, index) =>
      problems.findIndex((each) => each.path === path && each.problem === problem) === index,
  );
  if (told.length > 0) return new FlexkubeError("CONFIG_INVALID", "the host config is not usable", { problems: told });
  const reason = "nothing to read, and none was in force before; bring this host its file of hosts/";
  return new FlexkubeError("CONFIG_UNREADABLE", "there is no host config", { file: source.name, reason });
}

type Keep = {
  readonly usable: Known;
  readonly onDisk: Known | undefined;
  readonly record: DeliveryRecord;
  readonly before: DeliveryRecord | undefined;
};

/** What keeps it from being kept: a config in force that is forgotten with the agent's process would be a state to lose. */
async function keepInForce(
  state: StateStore,
  { usable, onDisk, record, before }: Keep,
): Promise<FlexkubeError<"FILES_UNWRITABLE"> | undefined> {
  try {
    // first: a text in force whose number is not remembered could be followed by an older one
    if (record !== before) await state.writeDelivery(record);
    if (usable.text !== onDisk?.text) await state.writeConfig("in-force", usable.text);
    return undefined;
  } catch (error) {
    if (!isFlexkubeError(error, "FILES_UNWRITABLE")) throw error;
    return usable.text === onDisk?.text ? undefined : error;
  }
}

type Understand = (role: "given" | "in-force" | "last-good", text: string, name: string) => Known | readonly Problem[];

async function readKept(
  state: StateStore,
  which: "in-force" | "last-good",
  understand: Understand,
): Promise<Known | undefined> {
  const text = await state.readConfig(which);
  if (text === undefined) return undefined;
  const known = understand(which, text, `${which}.yaml`);
  return "text" in known ? known : undefined;
}

type Texts = {
  readonly parsed: Known | { readonly problems: readonly Problem[] };
  readonly kept: Known | undefined;
  readonly lastGood: Known | undefined;
};

/** What is remembered, from whatever is left of it. The text in force itself needs no other witness. */
async function readRecord({ state, trace }: LoadOptions, texts: Texts): Promise<DeliveryRecord | undefined> {
  const { parsed, kept, lastGood } = texts;
  const record = (await state.readDelivery()) ?? (await state.readLedger()).ledger.delivery;
  const about = "problems" in parsed ? kept : parsed;
  if (record !== undefined || about === undefined || (kept !== undefined && kept !== lastGood)) return record;
  return trace?.(about.config);
}

async function understandGiven(
  { source }: LoadOptions,
  kept: Known | undefined,
  understand: Understand,
): Promise<Known | { readonly problems: readonly Problem[] }> {
  const text = await readGiven(source, kept);
  if (typeof text === "object") return { problems: [text] };
  // standard input is empty after every restart of the agent
  if (text === undefined || (source.name === "-" && text.trim() === ""))
    return { problems: kept === undefined ? [] : nothingToRead(source) };
  const known = understand("given", text, source.name);
  return "text" in known ? known : { problems: known };
}

function guarded(known: Known, past: Past, source: ConfigSource): Known | { readonly problems: readonly Problem[] } {
  const problem = notForThisHost(known.config, source) ?? notAfter(known, past, source);
  return problem === undefined ? known : { problems: [problem] };
}

/** What cannot be read does not stop a host that has a config in force. */
async function readGiven(source: ConfigSource, kept: Known | undefined): Promise<string | Problem | undefined> {
  try {
    return await source.read();
  } catch (error) {
    if (!isFlexkubeError(error, "CONFIG_UNREADABLE") || kept === undefined) throw error;
    return { path: "", problem: `it cannot be read: ${error.details.reason}`, file: source.name };
  }
}

function nothingToRead(source: ConfigSource): readonly Problem[] {
  if (source.name === "-") return [];
  return [
    {
      path: "",
      problem: "there is no host config",
      hint: "the last one in force is used; bring this host its file of hosts/",
      file: source.name,
    },
  ];
}
