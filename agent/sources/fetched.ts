// What a place that others may write to has answered when it was asked for a host config, and how soon it is asked again. Pure.

/**
 * A host config's text (that of a sealed one as latin1), that it is the one of before, that there is none and nothing is wrong with that, or
 * why there is none.
 */
export type Fetched =
  | { readonly kind: "text"; readonly text: string; readonly mark?: string | undefined }
  | { readonly kind: "same" }
  | { readonly kind: "nothing" }
  | { readonly kind: "none"; readonly reason: string };

/** Of an HTTP answer: names in lower case, `body` with a byte a character. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  readonly truncated: boolean;
};

/** A longer one is not kept: it would be sent with every request. */
const maxMark = 256;

/** `mark` is the entity tag that was sent; without one nothing can be the same. */
export function fetchedOf({ status, headers, body, truncated }: Answer, mark: string | undefined): Fetched {
  if (status === 304)
    return mark === undefined ? none("it says that nothing has changed, and was not asked that") : { kind: "same" };
  if (status >= 300 && status < 400) return none(`it leads elsewhere (status ${status}), which is not followed`);
  if (status !== 200) return none(`it answers with status ${status}`);
  if (truncated) return none("its answer is longer than 8 MiB");
  if (body === "") return none("its answer is empty");
  return { kind: "text", text: body, mark: markIn(headers["etag"]) };
}

function none(reason: string): Fetched {
  return { kind: "none", reason };
}

/** RFC 9110, section 8.8.3: visible characters within quotes, perhaps weak. What is none is not sent back. */
function markIn(tag: string | readonly string[] | undefined): string | undefined {
  return typeof tag === "string" && tag.length <= maxMark && /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)
    ? tag
    : undefined;
}

export type Asked = {
  /** How many answers in a row were none. */
  readonly failures: number;
  /** Of the host's ticks. */
  readonly intervalMs: number;
  /** A host config is in force; without one the host waits for this one. */
  readonly hasConfig: boolean;
  /** Between 0 and 1. */
  readonly random: number;
};

const firstPauseMs = 2000;
const firstLimitMs = 60_000;
/** A place that was away for long is asked again within this time. */
const limitMs = 600_000;
const maxDoublings = 10;

/** Milliseconds until the next question: an eighth more or less, so that hosts that began together do not ask together. */
export function pauseBefore({ failures, intervalMs, hasConfig, random }: Asked): number {
  const doubled = 2 ** Math.min(failures, maxDoublings);
  const pause = hasConfig
    ? Math.min(intervalMs * doubled, Math.max(limitMs, intervalMs))
    : Math.min(firstPauseMs * doubled, firstLimitMs);
  return Math.round(pause * (0.875 + random / 4));
}
