// What is delivered while the loop works: which changes are a reason for a tick, and which end the one that is under way.
import { createNudges } from "#agent/tick/nudges.ts";
import type { Nudges } from "#agent/tick/nudges.ts";
import { acknowledgementOf } from "#agent/sources/acknowledgement-of.ts";
import type { Report } from "#agent/report/report.ts";
import type { Tick } from "#agent/tick/tick.ts";
import { secretSourceName } from "./secret-source.ts";
import { createTelling } from "./tell-delivered.ts";
import type { Built } from "./build-agent.ts";

export type Delivery = {
  /** Reasons for another tick. */
  readonly changes: readonly Nudges[];
  /** Reasons to end the one that is under way: the file, and what others may write only when it would come into force. */
  readonly usable: Nudges;
  readonly watch: (signal: AbortSignal) => Promise<void>;
  /** What a tick has come to, for the Secret and for whoever has delivered it. */
  readonly onReport: (report: Report, tick: Pick<Tick, "loaded" | "observed"> | undefined) => void;
  readonly close: () => Promise<void>;
};

/** Nothing is looked at before it is watched. */
export function createDelivery(
  {
    agent,
    log,
    file,
    servers,
    secret,
    hasNews,
  }: Pick<Built, "agent" | "log" | "file" | "servers" | "secret" | "hasNews">,
  ending: AbortSignal,
): Delivery {
  const usable = createNudges();
  const telling = createTelling({ agent, log }, ending);
  const follow = async (changes: Nudges, signal: AbortSignal, isUsable: () => Promise<boolean>): Promise<void> => {
    let seen = changes.count();
    while (!signal.aborted) {
      await changes.hint(seen, signal).catch(() => undefined);
      if (signal.aborted) return;
      seen = changes.count();
      if (await isUsable()) usable.tell();
    }
  };
  return {
    changes: [...(file === undefined ? [] : [file.changes]), ...servers.map(({ changes }) => changes)],
    usable,
    onReport: (report, tick) => {
      const { loaded, observed } = tick ?? {};
      if (loaded === undefined) return;
      secret.follow(loaded);
      const said = acknowledgementOf({ ...report, place: secretSourceName, claimed: secret.claimed() });
      if (said !== undefined) telling.tell(said, { loaded, observed });
    },
    close: telling.close,
    watch: async (signal) => {
      const always = async (): Promise<boolean> => Promise.resolve(true);
      await Promise.all([
        ...(file === undefined ? [] : [file.watch(signal), follow(file.changes, signal, always)]),
        ...servers.flatMap(({ watch, changes }) => [watch(signal), follow(changes, signal, hasNews)]),
      ]);
    },
  };
}
