// Which host config is in force: the newest given one that is usable, else the last one that was.
import { chooseConfig, sourceStates, sourceTroubles } from "./choose-config.ts";
import type { Offer, SourceState } from "./choose-config.ts";
import type { ConfigSource } from "./config-source.ts";
import { notForThisHost, originOf, originWarning, recordOf } from "./guard-config.ts";
import type { Known } from "./guard-config.ts";
import { findAt, offerOf } from "./offer-of.ts";
import type { Found, Having, Understand } from "./offer-of.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { createOpener } from "#agent/sealed/opener.ts";
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
  /** What became of what each place has, in their order. */
  readonly sources?: readonly SourceState[] | undefined;
  /** Places that others may change and that bring nothing usable, a sentence for each. */
  readonly troubles?: readonly string[] | undefined;
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

export type LoadOptions = {
  readonly source: ConfigSource;
  /** Further places of a host that has this config, or none; of all of them the highest generation is in force. */
  readonly others?: ((kept: HostConfig | undefined) => readonly ConfigSource[]) | undefined;
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
  const open = createOpener();
  // what a state directory that was removed or cannot be read has forgotten
  let inMemory: Known | undefined;
  return async (options) => {
    const { source, state } = options;
    const onDisk = await readKept(state, "in-force", understand);
    const lastGood = await readKept(state, "last-good", understand);
    // one that was damaged on the disk is followed by the one before it
    const kept = onDisk ?? inMemory ?? lastGood;
    const found = await findAll(options, { kept, lastGood, state, open, understand });
    const past = { kept, record: await readRecord(options, { parsed: found, kept, lastGood }) };
    const offers = found.map((each) => offerOf(each, past));
    const { chosen: given, problems } = chooseConfig(offers);
    const usable = given?.usable ?? stillUsable(kept, source);
    if (usable === undefined || "problem" in usable) throw unusable(source, offers, usable);
    const record = recordOf(usable, past.record ?? (kept && recordOf(kept, undefined, nothingSaid)), {
      allowOlder: source.allowOlder && given !== undefined,
      acceptUnsealed: source.acceptUnsealed === true && given?.wasSealed === false,
    });
    const notKept = options.keep
      ? await keepInForce(state, { usable, onDisk, record, before: past.record })
      : undefined;
    // what the disk still has comes back after a restart, so it stays; with nothing there, memory is all there is
    const unkept = onDisk === undefined ? undefined : notKept;
    const chosen = unkept === undefined || onDisk === undefined ? usable : onDisk;
    if (options.keep) inMemory = chosen;
    const desired = expandOnce("desired", chosen.config, await options.facts(chosen.config));
    return {
      ...chosen,
      desired,
      problems,
      sources: sourceStates(offers, chosen.text),
      troubles: sourceTroubles(offers),
      unkept,
      inMemory: onDisk === undefined ? notKept : undefined,
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

const nothingSaid = { allowOlder: false, acceptUnsealed: false } as const;

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

/** A text that is a host config, with what it says. */
export function knownOf(text: string, config: HostConfig): Known {
  let digest: string | undefined;
  const find = (): string => (digest ??= contentKey(text, config.secrets["hash-key"]));
  return { text, config, origin: originOf(text, config), digest: find };
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

/** One after the other: what is understood is shared. */
async function findAll({ source, others }: LoadOptions, having: Having): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const each of [source, ...(others?.(having.kept?.config) ?? [])]) found.push(await findAt(each, having));
  return found;
}

/** A config in force stays so, but not on a machine that it is not meant for. */
function stillUsable(kept: Known | undefined, source: ConfigSource): Known | Problem | undefined {
  return kept && (notForThisHost(kept.config, source) ?? kept);
}

/** Of a host that has no config at all; the first place's reason comes first, each is told once. */
function unusable(source: ConfigSource, offers: readonly Offer[], found: Problem | undefined): Error {
  const error = offers.map((offer) => offer.error).find((each) => each !== undefined);
  if (error !== undefined && found === undefined) return error;
  const problems = [...offers.flatMap((offer) => offer.problems), ...(found === undefined ? [] : [found])];
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
  readonly parsed: readonly Pick<Found, "known">[];
  readonly kept: Known | undefined;
  readonly lastGood: Known | undefined;
};

/** What is remembered, from whatever is left of it. The text in force itself needs no other witness. */
async function readRecord({ state, trace }: LoadOptions, texts: Texts): Promise<DeliveryRecord | undefined> {
  const { parsed, kept, lastGood } = texts;
  const record = (await state.readDelivery()) ?? (await state.readLedger()).ledger.delivery;
  const about = parsed.find(({ known }) => known !== undefined)?.known ?? kept;
  if (record !== undefined || about === undefined || (kept !== undefined && kept !== lastGood)) return record;
  return trace?.(about.config);
}
