// What one place has for this host: read, opened, understood, and held against what this host is and has had.
import { notAfter, notForThisHost, notSealed, reachedBy } from "./guard-config.ts";
import type { Known, Past } from "./guard-config.ts";
import type { Offer } from "./choose-config.ts";
import type { ConfigSource } from "./config-source.ts";
import type { Kept, Open, Opened } from "#agent/sealed/opener.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import { wrappingOf } from "#shared/delivery/wrapping.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { Problem } from "#shared/errors.ts";
import { refusalIn, refusalProblem, refused } from "#shared/sealed/refusal.ts";
import type { Refusal } from "#shared/sealed/refusal.ts";

/** A text that is a host config, or all that is wrong with it. */
export type Understand = (
  role: "given" | "in-force" | "last-good",
  text: string,
  name: string,
) => Known | readonly Problem[];

export type Having = {
  readonly kept: Known | undefined;
  readonly lastGood: Known | undefined;
  readonly state: Pick<StateStore, "readIdentity">;
  readonly open: Open;
  readonly understand: Understand;
};

/** Not held against the past yet. */
export type Found = {
  readonly source: ConfigSource;
  readonly known?: Known | undefined;
  readonly wasSealed: boolean;
  readonly problems: readonly Problem[];
  readonly error?: Error | undefined;
  readonly refusal?: Refusal | undefined;
};

/** Rejects for bugs alone: what cannot be read or opened is told in what is found. */
export async function findAt(source: ConfigSource, having: Having): Promise<Found> {
  const nothing = { source, wasSealed: false, problems: [] };
  try {
    const given = await read(source, having);
    // standard input is empty after every restart of the agent
    if (given === undefined || (source.name === "-" && given.text.trim() === ""))
      return { ...nothing, problems: having.kept === undefined ? [] : nothingToRead(source) };
    if (source.isRemote === true && !given.wasSealed)
      return { ...nothing, ...refusedAs(notFromThere(given.text), source) };
    const known = having.understand("given", given.text, source.name);
    return "text" in known ? { ...nothing, ...given, known } : { ...nothing, ...given, problems: known };
  } catch (error) {
    const refusal = refusalIn(error);
    if (refusal !== undefined) return { ...nothing, ...refusedAs(refusal, source) };
    if (!isFlexkubeError(error, "CONFIG_UNREADABLE")) throw error;
    const problem = { path: "", problem: `it cannot be read: ${error.details.reason}`, file: source.name };
    return { ...nothing, problems: [problem], error };
  }
}

function refusedAs(refusal: Refusal, { name }: ConfigSource): Pick<Found, "problems" | "error" | "refusal"> {
  return { problems: [refusalProblem(refusal, name)], error: refused(refusal, name), refusal };
}

async function read(source: ConfigSource, { kept, lastGood, state, open }: Having): Promise<Opened | undefined> {
  const text = await source.read({ hasConfig: kept !== undefined });
  if (text === undefined) return undefined;
  const { name: file, host, allowOlder, signers = [], firstSigners = [] } = source;
  const having = [kept, lastGood].flatMap((each) => (each === undefined ? [] : [keptOf(each)]));
  const believed = [...signers, ...(kept === undefined ? firstSigners : [])];
  return open(text, { file, host, allowOlder, signers: believed, kept: having, state });
}

/** Two of the planner's are told apart by what they say; who writes by hand need not count. */
function keptOf({ text, config, digest }: Known): Kept {
  return deliveryOf(text).by === "planner" ? { config, content: digest } : { config };
}

/** What others may write is taken sealed alone, whatever this host has had before. */
function notFromThere(text: string): Refusal {
  const wrapped = wrappingOf(text.slice(0, 4096));
  return {
    code: "SEALED_REQUIRED",
    reason: `what it answers is not sealed${wrapped === undefined ? "" : `: ${wrapped.problem}`}`,
    hint: "put sealed/<host>.age there, as it is (flexkube-planner split --seal)",
  };
}

function nothingToRead(source: ConfigSource): readonly Problem[] {
  if (source.name === "-" || source.isRemote === true) return [];
  return [
    {
      path: "",
      problem: "there is no host config",
      hint: "the last one in force is used; bring this host its file of hosts/",
      file: source.name,
    },
  ];
}

/** What was found, as it is for this host now. */
export function offerOf({ source, known, ...found }: Found, past: Past): Offer {
  const { name, isRemote = false } = source;
  const { wasSealed, problems, error, refusal } = found;
  const offer = { name, isRemote, wasSealed, problems, error, refusal, isOlder: refusal?.code === "SEALED_OLDER" };
  if (known === undefined) return offer;
  const unsealed = notSealed(known, past, { wasSealed, acceptUnsealed: source.acceptUnsealed === true });
  const isOlder = (known.config.generation ?? Infinity) < reachedBy(past);
  const misplaced = notForThisHost(known.config, source);
  if (misplaced !== undefined) return { ...offer, problems: [misplaced] };
  if (unsealed !== undefined) return { ...offer, ...refusedAs(unsealed, source), isOlder };
  const outdated = notAfter(known, past, source);
  return outdated === undefined
    ? { ...offer, usable: known }
    : { ...offer, problems: [outdated], isOlder: isOlder && outdated.path === "generation" };
}
