// What is delivered while the loop works: which changes are a reason for a tick, and which end the one that is under way.
import { createNudges } from "#agent/tick/nudges.ts";
import type { Nudges } from "#agent/tick/nudges.ts";
import { acknowledgementOf } from "#agent/sources/acknowledgement-of.ts";
import { createAcknowledger } from "#agent/sources/acknowledger.ts";
import type { Report } from "#agent/report/report.ts";
import type { Tick } from "#agent/tick/tick.ts";
import { acknowledgementText, deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import { reportKey } from "#shared/acknowledgement/report-proof.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import { ownValue } from "#shared/own-value.ts";
import { secretSourceName } from "./secret-source.ts";
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
  const acknowledger = createAcknowledger(agent.connectKubernetes, { log, signal: ending });
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
      if (tick?.loaded === undefined) return;
      secret.follow(tick.loaded);
      const { node } = tick.loaded.desired;
      const { config, text } = tick.loaded;
      const isAsked = config.node?.acknowledge === true || config.agent.delivery?.kubernetes !== undefined;
      const told = acknowledgementOf({ ...report, place: secretSourceName, claimed: secret.claimed() });
      const seen = tick.observed?.node;
      if (!isAsked || node === undefined || told === undefined || seen?.state !== "there") return;
      // a refusal is of a host config that is not in force
      const hashKey = typeof told.outcome === "string" ? ownValue(config.secrets, hashKeyName) : undefined;
      const key = hashKey === undefined ? undefined : reportKey(text, hashKey);
      acknowledger.tell(node, acknowledgementText(told, key), seen.annotations[deliveredAnnotation]);
    },
    close: acknowledger.close,
    watch: async (signal) => {
      const always = async (): Promise<boolean> => Promise.resolve(true);
      await Promise.all([
        ...(file === undefined ? [] : [file.watch(signal), follow(file.changes, signal, always)]),
        ...servers.flatMap(({ watch, changes }) => [watch(signal), follow(changes, signal, hasNews)]),
      ]);
    },
  };
}
