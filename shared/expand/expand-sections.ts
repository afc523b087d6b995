// The containers of each component that makes any. A section with programs in the table of components and no entry here does not
// compile.
import { sectionsOf } from "#shared/components/component-table.ts";
import type { RunningSection } from "#shared/components/component-table.ts";
import type { Section, SectionOf } from "#shared/components/component.ts";
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
type Expanded = DesiredContainer | UnmetContainer;

type Expand<Name extends RunningSection> = (section: SectionOf<Name>, host: Host) => readonly Expanded[];

const expanders: { readonly [Name in RunningSection]: Expand<Name> } = {
  etcd: (member, { secrets }) => [expandEtcd(member, secrets)],
  apiLoadBalancers: (pools, { secrets }) =>
    sortedEntries(pools).map(([pool, member]) => expandApiLoadBalancer(pool, member, secrets)),
  kubeApiserver: (section, { config, secrets }) => [expandKubeApiserver(section, config, secrets)],
  kubeControllerManager: (section, { config, secrets }) => [expandKubeControllerManager(section, config, secrets)],
  kubeScheduler: (section, { config, secrets }) => [expandKubeScheduler(section, config, secrets)],
  podNetwork: (section, { config, secrets }) => [
    expandCniPlugins(section, config, secrets),
    expandPodNetwork(section, config, secrets),
  ],
  kubelet: (section, { config, facts, secrets }) => [expandKubelet(section, { host: config, facts }, secrets)],
  kubeProxy: (section, { config, secrets }) => [expandKubeProxy(section, config, secrets)],
  containers: (section, { secrets }) =>
    sortedEntries(section).map(([name, container]) => expandContainer(name, container, secrets)),
};

/** The containers of all sections that a host config has. */
export function expandSections(host: Host): readonly Expanded[] {
  return sectionsOf(host.config).flatMap(([name, section]) => {
    if (!isRunning(name)) return [];
    // the entry of a name takes the section of that name, which an index hides
    const expand = expanders[name] as Expand<RunningSection>;
    return expand(section as SectionOf<RunningSection>, host);
  });
}

function isRunning(name: Section): name is RunningSection {
  return Object.hasOwn(expanders, name);
}
