// Who writes which section of a host config, in its order.
import type { Section } from "#shared/components/component.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { agent } from "./components/agent.ts";
import { apiLoadBalancers } from "./components/api-load-balancers.ts";
import { apiServersFirst } from "./components/api-servers-first.ts";
import { containers } from "./components/containers.ts";
import { disruption } from "./components/disruption.ts";
import { etcd } from "./components/etcd.ts";
import type { Fragment } from "./fragment/fragment.ts";
import { apiServer } from "./components/kubernetes/api-server.ts";
import { clusterObjects } from "./components/kubernetes/cluster-objects.ts";
import { controllerManager } from "./components/kubernetes/controller-manager.ts";
import { kubeProxy } from "./components/kubernetes/kube-proxy.ts";
import { kubelet } from "./components/kubernetes/kubelet.ts";
import { nodeSettings } from "./components/kubernetes/node-settings.ts";
import { podNetwork } from "./components/kubernetes/pod-network.ts";
import { scheduler } from "./components/kubernetes/scheduler.ts";

export type Component = (cluster: Cluster, host: string) => Fragment | undefined;

/** Complete: a section of the host config that nobody writes does not compile. */
export const components: { readonly [Name in Section | "agent"]: Component } = {
  agent,
  etcd,
  apiLoadBalancers,
  disruption,
  apiServersFirst,
  kubeApiserver: apiServer,
  kubeControllerManager: controllerManager,
  kubeScheduler: scheduler,
  podNetwork,
  kubelet,
  kubeProxy,
  node: nodeSettings,
  clusterObjects,
  containers,
};
