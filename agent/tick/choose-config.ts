// Which of several places' host configs is in force. Pure. Only what the first place says can be a fault of this host's delivery: others
// may be gone, or in foreign hands, and then there is no news.
import type { Problem } from "#shared/errors.ts";
import type { Refusal } from "#shared/sealed/refusal.ts";
import type { Known } from "./guard-config.ts";

/** What one place has, judged by itself. */
export type Offer = {
  /** As in problems. */
  readonly name: string;
  /** Others than root on this host may change what is there. */
  readonly isRemote: boolean;
  /** One that may be in force. */
  readonly usable?: Known | undefined;
  readonly wasSealed: boolean;
  /** Why there is none; empty when there is nothing and nothing is wrong with that. */
  readonly problems: readonly Problem[];
  /** Ends a command that has no config at all. */
  readonly error?: Error | undefined;
  readonly refusal?: Pick<Refusal, "code"> | undefined;
  /** All that is wrong with it is that a newer one was in force. */
  readonly isOlder: boolean;
};

/** What became of what a place has. */
export type SourceState = {
  readonly name: string;
  /** nothing: no answer, or no file; refused: what it has may not be in force. */
  readonly state: "in-force" | "older" | "refused" | "nothing";
  /** Of one that is refused, where its reason has a code. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
};

export type Choice = {
  /** Undefined: what was in force stays. */
  readonly chosen: Offer | undefined;
  /** Why the given host config is not in force. */
  readonly problems: readonly Problem[];
};

/**
 * The highest generation; of several with the same one the first. A config without a number is lower than any. `offers` has the host's own
 * file or standard input first, where it has one.
 */
export function chooseConfig(offers: readonly Offer[]): Choice {
  let chosen: Offer | undefined;
  for (const offer of offers)
    if (offer.usable !== undefined && generationOf(offer) > generationOf(chosen)) chosen = offer;
  const problems = offers.flatMap((offer) => (isFault(offer, offers) ? offer.problems : []));
  return { chosen, problems };
}

function generationOf(offer: Offer | undefined): number {
  return offer?.usable === undefined ? -1 : (offer.usable.config.generation ?? 0);
}

/** One beside others is left behind by them; that is what they are for. */
function isFault({ isRemote, isOlder }: Offer, offers: readonly Offer[]): boolean {
  return !isRemote && !(isOlder && offers.length > 1);
}

/** For report and log; `text` is what is in force in the end. */
export function sourceStates(offers: readonly Offer[], text: string): readonly SourceState[] {
  return offers.map((offer) => {
    const { name, usable, problems, refusal, isOlder } = offer;
    if (usable?.text === text) return { name, state: "in-force" };
    if (usable !== undefined || isOlder) return { name, state: "older" };
    const [first] = problems;
    const isSilent = first === undefined || (offer.isRemote && refusal === undefined);
    return { name, state: isSilent ? "nothing" : "refused", code: refusal?.code, reason: first?.problem };
  });
}

/** What a person should know of a place that others may change, in words that stay the same as long as it is so. */
export function sourceTroubles(offers: readonly Offer[]): readonly string[] {
  return offers.flatMap(({ name, isRemote, isOlder, problems: [problem] }) =>
    isRemote && !isOlder && problem !== undefined ? [`no news from ${name}: ${problem.problem}`] : [],
  );
}
