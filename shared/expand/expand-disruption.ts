// What of a host's containers stops only under the disruption lock, where that lock is, and who must answer meanwhile; and the
// keys beside it in which hosts say what became of their configs.
import type {
  DesiredContainer,
  DesiredState,
  DisruptionPart,
  DisruptionRule,
  EtcdKeys,
} from "#shared/state/desired.ts";
import { durationMs } from "#shared/duration.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Disruption, DisruptionEtcd } from "#shared/schema/kubernetes/disruption.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { resolveApi } from "./pieces/resolve-api.ts";
import { socketAddress } from "./pieces/socket-address.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";

type Peers = DisruptionPart["peers"];

/** The state with the lock's rule, and the parts that are bound to it; unchanged for a config without the section. */
export function withDisruption(state: DesiredState, config: HostConfig, secrets: SecretStore): DesiredState {
  const { disruption } = config;
  if (disruption === undefined) return state;
  return {
    ...state,
    containers: state.containers.map((container) => bound(container, disruption, config, secrets)),
    disruption: rule(disruption, config, secrets),
    ...(disruption.etcd?.acknowledge === true
      ? { acknowledgements: keysBelow("delivered", disruption.etcd, config, secrets) }
      : {}),
  };
}

function bound(
  container: DesiredContainer,
  disruption: Disruption,
  config: HostConfig,
  secrets: SecretStore,
): DesiredContainer {
  const { peers, rollout } = shared(container, disruption, config);
  if (peers.length === 0) return container;
  // etcd's members are asked by its own rule
  const part =
    container.etcd === undefined
      ? { rollout, peers, ca: secrets.get(disruption.apiCa).reveal() }
      : { rollout, peers: [] };
  return { ...container, disruption: part };
}

/**
 * Controller manager and scheduler listen on their host only: the other hosts' API servers stand for them. A container
 * without peers is alone, and no lock would help it.
 */
function shared(
  { component, etcd }: DesiredContainer,
  { apiServers }: Disruption,
  { host, ...config }: HostConfig,
): { readonly peers: Peers; readonly rollout?: string | undefined } {
  const others = sortedEntries(apiServers)
    .filter(([name]) => name !== host)
    .map(([name, { address, port }]) => ({ name, url: `https://${socketAddress(address, port)}/readyz` }));
  switch (component) {
    case "etcd":
      return {
        peers: (etcd?.peers ?? []).map(({ name, clientUrl }) => ({ name, url: clientUrl })),
        rollout: config.etcd?.rollout,
      };
    case "kube-apiserver":
      return { peers: others, rollout: config.kubeApiserver?.rollout };
    case "kube-controller-manager":
      return { peers: others, rollout: config.kubeControllerManager?.rollout };
    case "kube-scheduler":
      return { peers: others, rollout: config.kubeScheduler?.rollout };
    default:
      return { peers: [] };
  }
}

function rule({ etcd, lease, ttl }: Disruption, config: HostConfig, secrets: SecretStore): DisruptionRule | undefined {
  const ttlMs = durationMs(ttl);
  if (lease !== undefined) return { ttlMs, store: { kind: "lease", api: resolveApi(lease, secrets) } };
  if (etcd === undefined) return undefined;
  return { ttlMs, store: { kind: "etcd", ...keysBelow("disruption", etcd, config, secrets) } };
}

function keysBelow(name: string, etcd: DisruptionEtcd, config: HostConfig, secrets: SecretStore): EtcdKeys {
  const members = sortedEntries(etcd.endpoints);
  // this host's own member may be the one that is stopped; where members come and go it may be the only one that is there
  const others = members.filter(([member]) => member !== config.etcd?.name);
  const own = config.etcd?.membership === undefined ? [] : members.filter(([member]) => member === config.etcd?.name);
  return {
    prefix: `/flexkube/${config.cluster}/${name}/`,
    endpoints: (others.length === 0 ? members : [...others, ...own]).map(
      ([, { address, port }]) => `https://${socketAddress(address, port)}`,
    ),
    tls: {
      ca: secrets.get(etcd.ca).reveal(),
      certificate: secrets.get(etcd.certificate).reveal(),
      key: secrets.get(etcd.key),
    },
  };
}
