// What a host config means: containers, files, directories and probes, in start order. Pure and deterministic.
// What it makes of a released host config never changes (golden/README.md).
import { canonical } from "#shared/canonical.ts";
import type { DesiredContainer, DesiredState, UnmetContainer } from "#shared/state/desired.ts";
import { componentDirectory } from "#shared/state/component-directory.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { expandClusterObjects } from "./expand-cluster-objects.ts";
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
import { withApiServerStorage } from "./expand-api-server-storage.ts";
import { withApiServersFirst } from "./expand-api-servers-first.ts";
import { withDisruption } from "./expand-disruption.ts";
import { expandNodeSettings } from "./expand-node-settings.ts";
import { type SecretStore, secretStore } from "./pieces/secret-store.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";
import { startOrder } from "./start-order.ts";
import { ownValue } from "#shared/own-value.ts";

type Expanded = DesiredContainer | UnmetContainer;

/**
 * The desired state of a valid host config on a host of which `facts` are known. Throws INTERNAL_BUG for what validation
 * refuses.
 */
export function expand(config: HostConfig, facts: HostFacts = {}): DesiredState {
  const secrets = secretStore(config.secrets);
  const expanded: readonly Expanded[] = [
    ...(config.etcd === undefined ? [] : [expandEtcd(config.etcd, secrets)]),
    ...sortedEntries(config.apiLoadBalancers).map(([pool, member]) => expandApiLoadBalancer(pool, member, secrets)),
    ...expandKubernetes(config, facts, secrets),
    ...sortedEntries(config.containers).map(([name, container]) => expandContainer(name, container, secrets)),
  ];
  const unmet = expanded.filter(isUnmet);
  const state = {
    cluster: config.cluster,
    host: config.host,
    config: secrets.digest(canonical(config)),
    containers: startOrder(
      expanded
        .filter((one): one is DesiredContainer => !isUnmet(one))
        .map((one) => withFormerOwners(closed(one, config), config)),
      unmet.map(({ name }) => name),
    ),
    ...(unmet.length === 0 ? {} : { unmet }),
    ...(config.clusterObjects === undefined
      ? {}
      : { clusterObjects: expandClusterObjects(config.clusterObjects, secrets) }),
    ...(config.node === undefined ? {} : { node: expandNodeSettings(config.node, secrets) }),
  };
  return withApiServerStorage(
    withApiServersFirst(withDisruption(state, config, secrets), config, secrets),
    config,
    secrets,
  );
}

/** Nobody but root passes the component's own directory: what lies below is for the container, which has it mounted. */
function closed(container: DesiredContainer, { closedDirectories }: HostConfig): DesiredContainer {
  if (!closedDirectories || (container.sealed === undefined && container.liveDirectory === undefined)) return container;
  const path = componentDirectory(container.component);
  return { ...container, ownDirectory: { path, mode: 0o700, uid: 0, gid: 0 } };
}

function withFormerOwners(container: DesiredContainer, { formerOwners = {} }: HostConfig): DesiredContainer {
  const former = ownValue(formerOwners, container.component);
  return former === undefined ? container : { ...container, formerOwners: former };
}

function expandKubernetes(config: HostConfig, facts: HostFacts, secrets: SecretStore): readonly Expanded[] {
  const { kubeApiserver, kubeControllerManager, kubeScheduler, podNetwork, kubelet, kubeProxy } = config;
  return [
    ...(kubeApiserver === undefined ? [] : [expandKubeApiserver(kubeApiserver, config, secrets)]),
    ...(kubeControllerManager === undefined
      ? []
      : [expandKubeControllerManager(kubeControllerManager, config, secrets)]),
    ...(kubeScheduler === undefined ? [] : [expandKubeScheduler(kubeScheduler, config, secrets)]),
    ...(podNetwork === undefined
      ? []
      : [expandCniPlugins(podNetwork, config, secrets), expandPodNetwork(podNetwork, config, secrets)]),
    ...(kubelet === undefined ? [] : [expandKubelet(kubelet, { host: config, facts }, secrets)]),
    ...(kubeProxy === undefined ? [] : [expandKubeProxy(kubeProxy, config, secrets)]),
  ];
}

function isUnmet(one: Expanded): one is UnmetContainer {
  return "reason" in one;
}
