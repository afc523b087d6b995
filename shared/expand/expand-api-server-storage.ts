// Which etcd members the host's API server is given, and of which cluster: one that starts with a learner among them ends at once, and
// one that starts before a restored cluster does would read the former one.
import type { DesiredState } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { SecretStore } from "./pieces/secret-store.ts";

/** The state with the rule; unchanged without an API server, and for one whose single member stays and was never restored. */
export function withApiServerStorage(state: DesiredState, config: HostConfig, secrets: SecretStore): DesiredState {
  const { kubeApiserver } = config;
  if (kubeApiserver === undefined) return state;
  const { etcdRestore, etcdMembership } = kubeApiserver;
  if (kubeApiserver.etcdServers.length < 2 && etcdRestore === undefined && etcdMembership !== true) return state;
  const { etcdCa, etcdClientCertificate, etcdClientKey } = kubeApiserver.certificates;
  return {
    ...state,
    apiServerStorage: {
      endpoints: kubeApiserver.etcdServers,
      ...(etcdRestore === undefined ? {} : { clusterId: etcdRestore.clusterId }),
      ...(etcdMembership === true ? { votersOnly: true } : {}),
      tls: {
        ca: secrets.get(etcdCa).reveal(),
        certificate: secrets.get(etcdClientCertificate).reveal(),
        key: secrets.get(etcdClientKey),
      },
    },
  };
}
