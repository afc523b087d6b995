// Says what came of the host config in force wherever the host config asks for it: at the Node, and in etcd.
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { createAcknowledger } from "#agent/sources/acknowledger.ts";
import { createEtcdAcknowledger } from "#agent/sources/etcd-acknowledgements.ts";
import type { Loaded } from "#agent/tick/load-config.ts";
import type { Tick } from "#agent/tick/tick.ts";
import { acknowledgementText, deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import type { Acknowledgement } from "#shared/acknowledgement/acknowledgement.ts";
import { reportKey } from "#shared/acknowledgement/report-proof.ts";
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Built } from "./build-agent.ts";

export type Telling = {
  readonly tell: (said: Acknowledgement, by: { readonly loaded: Loaded; readonly observed: Tick["observed"] }) => void;
  /** Resolves when nothing is under way. */
  readonly close: () => Promise<void>;
};

export function createTelling({ agent, log }: Pick<Built, "agent" | "log">, signal: AbortSignal): Telling {
  const atNode = createAcknowledger(agent.connectKubernetes, { log, signal });
  const inEtcd = createEtcdAcknowledger(createEtcdGateway, { clock: agent.clock, log, signal });
  return {
    tell: (said, { loaded, observed }) => {
      const { config, text, desired } = loaded;
      // a refusal is of a host config that is not in force
      const hashKey = typeof said.outcome === "string" ? ownValue(config.secrets, hashKeyName) : undefined;
      const word = acknowledgementText(said, hashKey === undefined ? undefined : reportKey(text, hashKey));
      const { node, acknowledgements, host } = desired;
      if (acknowledgements !== undefined) inEtcd.tell(acknowledgements, host, word);
      const isAsked = config.node?.acknowledge === true || config.agent.delivery?.kubernetes !== undefined;
      const seen = observed?.node;
      if (isAsked && node !== undefined && seen?.state === "there")
        atNode.tell(node, word, seen.annotations[deliveredAnnotation]);
    },
    close: async () => void (await Promise.all([atNode.close(), inEtcd.close()])),
  };
}
