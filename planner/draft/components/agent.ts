// How the agent runs, where it gets images, and by what it believes a sealed host config.
import type { Cluster } from "#planner/cluster/cluster.ts";
import type { Fragment, SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import { ownValue } from "#shared/own-value.ts";

/** Names of the secrets; one of a user's has neither. */
export const sealingSecrets = { signers: "delivery/signer.pub", identity: "delivery/host.key" } as const;

/** The agent's settings are the same on every host, but for the host's own key. */
export function agent({ config, sealed, kubernetes }: Cluster, host: string): Fragment {
  const { directory, registries } = config.images;
  const isBornThere = ownValue(config.hosts, host)?.recipient !== undefined;
  const { signers, identity } = sealingSecrets;
  const delivery = {
    signers,
    ...(isBornThere ? {} : { identity }),
    ...(kubernetes?.nodes.has(host) === true ? { kubernetes: { secret: host } } : {}),
  };
  const secrets: Readonly<Record<string, SecretOrigin>> = {
    [signers]: { from: "signers" },
    ...(isBornThere ? {} : { [identity]: { from: "identity", host } }),
  };
  return {
    sections: {
      agent: {
        ...config.agent,
        ...(directory === undefined ? {} : { imageDirectory: directory }),
        registries,
        ...(sealed === undefined ? {} : { delivery }),
      },
    },
    secrets: sealed === undefined ? {} : secrets,
    cas: [],
    certificates: [],
  };
}
