// The containers of each component that makes any. A section with programs in the table of components and no entry here does not
// compile.
import type { componentTable } from "#shared/components/component-table.ts";
import type { Section } from "#shared/components/component.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { DesiredContainer, UnmetContainer } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import { expandApiLoadBalancer } from "./components/api-load-balancer.ts";
import { expandContainer } from "./components/container.ts";
import { expandEtcd } from "./components/etcd.ts";
import { expandCniPlugins } from "./components/kubernetes/cni-plugins.ts";
import { expandKubeApiserver } from "./components/kubernetes/kube-apiserver.ts";
import { expandKubeControllerManager } from "./components/kubernetes/kube-controller-manager.ts";
import { expandKubeProxy } from "./components/kubernetes/kube-proxy.ts";
import { expandKubeScheduler } from "./components/kubernetes/kube-scheduler.ts";
import { expandKubelet } from "./components/kubernetes/kubelet.ts";
import { expandPodNetwork } from "./components/kubernetes/pod-network.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";

type Host = { readonly config: HostConfig; readonly facts: HostFacts; readonly secrets: SecretStore };
type Expand = (host: Host) => readonly (DesiredContainer | UnmetContainer)[];

/** Sections that make containers. */
type Running = {
  [Name in Section]: (typeof componentTable)[Name]["programs"][number] extends never ? never : Name;
}[Section];

export const expandSections: { readonly [Name in Running]: Expand } = {
  etcd: ({ config: { etcd }, secrets }) => (etcd === undefined ? [] : [expandEtcd(etcd, secrets)]),
  apiLoadBalancers: ({ config, secrets }) =>
    sortedEntries(config.apiLoadBalancers).map(([pool, member]) => expandApiLoadBalancer(pool, member, secrets)),
  kubeApiserver: ({ config, secrets }) =>
    config.kubeApiserver === undefined ? [] : [expandKubeApiserver(config.kubeApiserver, config, secrets)],
  kubeControllerManager: ({ config, secrets }) =>
    config.kubeControllerManager === undefined
      ? []
      : [expandKubeControllerManager(config.kubeControllerManager, config, secrets)],
  kubeScheduler: ({ config, secrets }) =>
    config.kubeScheduler === undefined ? [] : [expandKubeScheduler(config.kubeScheduler, config, secrets)],
  podNetwork: ({ config, secrets }) =>
    config.podNetwork === undefined
      ? []
      : [expandCniPlugins(config.podNetwork, config, secrets), expandPodNetwork(config.podNetwork, config, secrets)],
  kubelet: ({ config, facts, secrets }) =>
    config.kubelet === undefined ? [] : [expandKubelet(config.kubelet, { host: config, facts }, secrets)],
  kubeProxy: ({ config, secrets }) =>
    config.kubeProxy === undefined ? [] : [expandKubeProxy(config.kubeProxy, config, secrets)],
  containers: ({ config, secrets }) =>
    sortedEntries(config.containers).map(([name, container]) => expandContainer(name, container, secrets)),
};
