// The log of work that is done again and again: what was said in the round before is not told again, what lasts is told when it begins, when it
// changes and when it is over. All that a tick says goes through here, so that no call has to remember.
import { canonical } from "#shared/canonical.ts";
import { createNews } from "./news.ts";

/** Of a line, by name. */
type Fields = object;
type Say = (fields: Fields, message: string) => void;
type Level = "info" | "warn" | "error";

/** What a line needs of pino's logger. */
export type Log = Readonly<Record<Level | "debug", Say>>;

/** Something that each whole round would say again, as long as it is so. */
export type Lasting = {
  readonly level: Level;
  readonly message: string;
  /** What is told when it is over; things with the same `over` and the same `about` are one, whatever is said of it. */
  readonly over: string;
  /** Whom it is about. */
  readonly about: Fields;
  /** What is so; another value is told. */
  readonly is: Fields;
  /** Told with it, and no news by itself. */
  readonly also?: Fields | undefined;
};

/** A line that is no news is told at the level of debugging. */
export type RoundLog = Log & {
  readonly lasts: (what: Lasting) => void;
  /** How far something is that a line of `info` has begun: told when that one was news, in this round. `measures` are not compared. */
  readonly progress: (fields: Fields, message: string, measures: Fields) => void;
  /** `whole`: the round has come to all that there was to say. Tells what is over. */
  readonly endRound: (whole: boolean) => void;
};

/** They differ from one try to the next of the same, and make no news: counts, durations, names drawn by chance, output. */
const measures: ReadonlySet<string> = new Set(["ms", "tick", "lock", "helper", "output"]);

/** `log` is told at most once of what stays as it is. */
export function createRoundLog(log: Log): RoundLog {
  const news = createNews<Lasting | undefined>();
  const event =
    (level: Level): Say =>
    (fields, message) => {
      log[news.say(subjectOf(fields, message), level, undefined) ? level : "debug"](fields, message);
    };
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: event("info"),
    warn: event("warn"),
    error: event("error"),
    lasts: (what) => {
      const { level, message, over, about, is, also } = what;
      const text = alike(canonical([level, message, comparable(is)]));
      const isNews = news.say(subjectOf(about, over), text, what);
      log[isNews ? level : "debug"]({ ...about, ...is, ...also }, message);
    },
    progress: (fields, message, how) => {
      const level = news.beganNow(subjectOf(fields, message)) ? "info" : "debug";
      log[level]({ ...fields, ...how }, message);
    },
    endRound: (whole) => {
      for (const { what, rounds } of news.endRound(whole))
        if (what !== undefined) log.info({ ...what.about, rounds }, what.over);
    },
  };
}

function subjectOf(fields: Fields, message: string): string {
  return alike(canonical([message, comparable(fields)]));
}

function comparable(fields: Fields): Fields {
  const all: readonly (readonly [string, unknown])[] = Object.entries(fields);
  const kept = all.filter(([key]) => !measures.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, value instanceof Error ? errorWords(value) : value]));
}

/** An error's own message is no field that can be listed. */
function errorWords(error: Error): Fields {
  return { name: error.name, message: error.message, ...("details" in error ? { details: error.details } : {}) };
}

/** Without how long something takes or has lasted, which goes on by itself: `5m3s`, `120 ms`. */
export function alike(text: string): string {
  return text.replace(/(?<![\w.:/@-])(?:\d+(?:\.\d+)? ?(?:ms|d|h|m|s))+(?!\w)/g, "…");
}
