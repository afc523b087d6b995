// A place that is asked now and then for a host config. What it has answered last is what a tick reads, so that no tick waits for it.
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { pauseBefore } from "./fetched.ts";
import type { Asked, Fetched } from "./fetched.ts";

export type PolledSource = {
  /**
   * The text of the last answer, that of a sealed config as latin1; undefined before the first one. With `waits` that is awaited. Throws
   * CONFIG_UNREADABLE when the last answer was none.
   */
  readonly read: (about: { readonly waits: boolean; readonly signal: AbortSignal }) => Promise<string | undefined>;
  /** Asks again and again until the signal aborts. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
};

export type PolledOptions = {
  /** Shown in errors. */
  readonly name: string;
  /** One bounded question; `mark` is that of the text that is known. Rejects for nothing but the signal's reason. */
  readonly ask: (mark: string | undefined, signal: AbortSignal) => Promise<Fetched>;
  readonly clock: Pick<Clock, "sleep">;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly pace: () => Promise<Pick<Asked, "intervalMs" | "hasConfig">>;
  /** Ends a pause. */
  readonly wake: {
    readonly count: () => number;
    readonly hint: (since: number, signal: AbortSignal) => Promise<void>;
  };
  /** Called when another text, or another reason for none, is there than before. */
  readonly changed: () => void;
};

/** So often all is asked for, whatever is known: one that says for ever that nothing has changed may be wrong. */
const wholeEvery = 30;

/** Asks nothing before it is read or watched. */
export function createPolledSource(options: PolledOptions): PolledSource {
  const { name } = options;
  const answers = createAnswers(options);
  return {
    read: async ({ waits, signal }) => {
      if (answers.last() === undefined && waits) await answers.renew(signal);
      const last = answers.last();
      if (last?.kind === "none")
        throw new FlexkubeError("CONFIG_UNREADABLE", "the host config cannot be read", {
          file: name,
          reason: last.reason,
        });
      return last?.kind === "text" ? last.text : undefined;
    },
    watch: async (signal) => {
      while (!signal.aborted) {
        const woken = options.wake.count();
        try {
          await answers.renew(signal);
          const failures = answers.failures();
          const pause = pauseBefore({ ...(await options.pace()), failures, random: options.random() });
          await pauseOrWake(options, pause, { woken, signal });
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
  };
}

type Last = Exclude<Fetched, { readonly kind: "same" }>;

type Answers = {
  readonly last: () => Last | undefined;
  readonly failures: () => number;
  /** One question; a second call meanwhile awaits the same answer. */
  readonly renew: (signal: AbortSignal) => Promise<void>;
};

function createAnswers({ ask, changed }: PolledOptions): Answers {
  let last: Last | undefined;
  let known: (Last & { readonly kind: "text" }) | undefined;
  let failures = 0;
  let asked = 0;
  let running: Promise<void> | undefined;
  const renew = async (signal: AbortSignal): Promise<void> => {
    const mark = asked % wholeEvery === 0 ? undefined : known?.mark;
    asked += 1;
    const answer = await ask(mark, signal);
    const before = last;
    last = answer.kind === "same" ? (known ?? last) : answer;
    if (last?.kind === "text") known = last;
    failures = answer.kind === "none" ? failures + 1 : 0;
    if (contentOf(before) !== contentOf(last)) changed();
  };
  return {
    last: () => last,
    failures: () => failures,
    renew: async (signal) => (running ??= renew(signal).finally(() => (running = undefined))),
  };
}

function contentOf(last: Last | undefined): string | undefined {
  if (last?.kind === "text") return `text ${last.text}`;
  return last?.kind === "none" ? last.reason : undefined;
}

async function pauseOrWake(
  { clock, wake }: PolledOptions,
  ms: number,
  { woken, signal }: { readonly woken: number; readonly signal: AbortSignal },
): Promise<void> {
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const waits = [clock.sleep(ms, either), wake.hint(woken, either)];
  try {
    await Promise.race(waits);
  } finally {
    end.abort();
    await Promise.allSettled(waits);
  }
}
