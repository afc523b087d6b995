// The host's own Secret as a place of host configs, asked beside the ticks once a host config says so.
import { askSecret } from "#agent/sources/ask-secret.ts";
import { createPolledSource } from "#agent/sources/polled-source.ts";
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import { createNudges } from "#agent/tick/nudges.ts";
import type { Loaded } from "#agent/tick/load-config.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import type { AskedPlace, PlaceOptions } from "./web-source.ts";
import { paceOf } from "./web-source.ts";

export type SecretSource = AskedPlace & {
  /** What is in force says whether and with which credentials it is asked. */
  readonly follow: (loaded: Pick<Loaded, "config" | "desired">) => void;
  /** The generation that the Secret says it has; nobody has verified it. */
  readonly claimed: () => number | undefined;
};

/** As in problems. */
export const secretSourceName = "the Secret of this host";

export function createSecretSource(connect: ConnectKubernetes, about: PlaceOptions): SecretSource {
  const { clock, random, hangups, place, signal } = about;
  const changes = createNudges();
  let asked: { readonly secret: string; readonly api: DesiredApi } | undefined;
  let claimed: number | undefined;
  const polled = createPolledSource({
    name: secretSourceName,
    ask: async (mark, ending) =>
      asked === undefined
        ? { kind: "nothing" }
        : askSecret(connect(asked.api), { name: asked.secret, mark, claimed: (told) => void (claimed = told) }, ending),
    clock,
    random,
    pace: paceOf(about),
    wake: hangups,
    changed: changes.tell,
  });
  return {
    changes,
    watch: polled.watch,
    claimed: () => claimed,
    follow: ({ config, desired }) => {
      const secret = config.agent.delivery?.kubernetes?.secret;
      const api = desired.node?.api;
      asked = secret === undefined || api === undefined ? undefined : { secret, api };
    },
    source: {
      ...place,
      name: secretSourceName,
      isRemote: true,
      allowOlder: false,
      // it is there for hosts that have a config already, and a tick waits for no API
      read: async () => polled.read({ waits: false, signal }),
    },
  };
}
