// Which host config is in force: the given one if it is usable, else the last one that was.
import type { StateStore } from "#agent/report/state-store.ts";
import { canonical } from "#shared/canonical.ts";
import { expand } from "#shared/expand/expand.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import type { DesiredState } from "#shared/reconcile/desired.ts";
import type { HostFacts } from "#shared/reconcile/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/schema/parse-host-config.ts";

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
};

export type ConfigSource = {
  /** The text now; undefined when there is nothing to read. Throws CONFIG_UNREADABLE. */
  readonly read: () => Promise<string | undefined>;
  /** Shown in problems; "-" is standard input. */
  readonly name: string;
  /** The host this agent was told it is on. */
  readonly host?: string | undefined;
  readonly allowOlder: boolean;
};

export type LoadOptions = {
  readonly source: ConfigSource;
  readonly state: StateStore;
  /** Remember a new config as the one in force. False for commands that only look. */
  readonly keep: boolean;
  /** What only the host knows, as far as this config rests on it. */
  readonly facts: (config: HostConfig) => Promise<HostFacts>;
};

type Known = { readonly text: string; readonly config: HostConfig };

/** Loads anew each time, but parses a text and expands it with the same facts only once: mostly the three texts are one. */
export function createConfigLoader(): (options: LoadOptions) => Promise<Loaded> {
  const understand = createUnderstand();
  const expandOnce = createExpander();
  // what a state directory that was removed or cannot be read has forgotten
  let inMemory: Known | undefined;
  return async (options) => {
    const { source, state } = options;
    const onDisk = await readKept(state, "in-force", understand);
    const kept = onDisk ?? inMemory;
    const lastGood = await readKept(state, "last-good", understand);
    const given = await understandGiven(options, kept, understand);
    const usable = "problems" in given ? kept : given;
    if (usable === undefined)
      throw "problems" in given && given.problems.length > 0
        ? new FlexkubeError("CONFIG_INVALID", "the host config is not usable", { problems: given.problems })
        : new FlexkubeError("CONFIG_UNREADABLE", "there is no host config", {
            file: source.name,
            reason: "nothing to read, and none was in force before",
          });
    const refused = options.keep && usable.text !== onDisk?.text ? await keepInForce(state, usable.text) : undefined;
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
    };
  };
}

function createUnderstand(): Understand {
  const cache = new Map<"given" | "in-force" | "last-good", Known>();
  return (slot, text, name) => {
    const known = [...cache.values()].find((other) => other.text === text);
    if (known !== undefined) {
      cache.set(slot, known);
      return known;
    }
    const parsed = parseHostConfig(text, name);
    if (!parsed.ok) return parsed.problems;
    const fresh = { text, config: parsed.value };
    cache.set(slot, fresh);
    return fresh;
  };
}

type Expanded = { readonly config: HostConfig; readonly facts: string; readonly desired: DesiredState };

function createExpander(): (slot: "desired" | "fallback", config: HostConfig, facts: HostFacts) => DesiredState {
  const cache = new Map<"desired" | "fallback", Expanded>();
  return (slot, config, facts) => {
    const known = cache.get(slot);
    if (known?.config === config && known.facts === canonical(facts)) return known.desired;
    const desired = expand(config, facts);
    cache.set(slot, { config, facts: canonical(facts), desired });
    return desired;
  };
}

/** What keeps it from being kept: a config in force that is forgotten with the agent's process would be a state to lose. */
async function keepInForce(state: StateStore, text: string): Promise<FlexkubeError<"FILES_UNWRITABLE"> | undefined> {
  try {
    await state.writeConfig("in-force", text);
    return undefined;
  } catch (error) {
    if (isFlexkubeError(error, "FILES_UNWRITABLE")) return error;
    throw error;
  }
}

type Understand = (slot: "given" | "in-force" | "last-good", text: string, name: string) => Known | readonly Problem[];

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

async function understandGiven(
  { source }: LoadOptions,
  kept: Known | undefined,
  understand: Understand,
): Promise<Known | { readonly problems: readonly Problem[] }> {
  const text = await source.read();
  if (text === undefined || text.trim() === "") return { problems: kept === undefined ? [] : nothingToRead(source) };
  const known = understand("given", text, source.name);
  if (!("text" in known)) return { problems: known };
  const problem = misplaced(known.config, kept?.config, source);
  return problem === undefined ? known : { problems: [problem] };
}

/** Standard input is empty after every restart of the agent; an empty file is worth a word. */
function nothingToRead(source: ConfigSource): readonly Problem[] {
  if (source.name === "-") return [];
  return [{ path: "", problem: "there is no host config", hint: "the last one in force is used", file: source.name }];
}

function misplaced(config: HostConfig, kept: HostConfig | undefined, source: ConfigSource): Problem | undefined {
  const { name: file } = source;
  if (source.host !== undefined && config.host !== source.host)
    return {
      path: "host",
      problem: `this host is ${source.host}, the config is for ${config.host}`,
      hint: "give this host its own config",
      file,
    };
  if (kept === undefined || source.allowOlder) return undefined;
  if (kept.host !== config.host || kept.cluster !== config.cluster)
    return {
      path: "host",
      problem: `the config in force is for ${kept.cluster}/${kept.host}, this one is for ${config.cluster}/${config.host}`,
      hint: "reset this host first",
      file,
    };
  if (config.generation !== undefined && kept.generation !== undefined && config.generation < kept.generation)
    return {
      path: "generation",
      problem: `generation ${config.generation} is older than ${kept.generation}, which is in force`,
      hint: "split again, or use --allow-older",
      file,
    };
  return undefined;
}
