// Every component, in the order of the host config. A new section is a file here and a line below.
import type { Cluster } from "#planner/cluster/cluster.ts";
import { agent } from "./agent.ts";
import { apiLoadBalancers } from "./api-load-balancers.ts";
import { apiServersFirst } from "./api-servers-first.ts";
import { containers } from "./containers.ts";
import { disruption } from "./disruption.ts";
import { etcd } from "./etcd.ts";
import type { Fragment } from "./fragment.ts";
import { apiServer } from "./kubernetes/api-server.ts";
import { clusterObjects } from "./kubernetes/cluster-objects.ts";
import { controllerManager } from "./kubernetes/controller-manager.ts";
import { kubeProxy } from "./kubernetes/kube-proxy.ts";
import { kubelet } from "./kubernetes/kubelet.ts";
import { nodeSettings } from "./kubernetes/node-settings.ts";
import { podNetwork } from "./kubernetes/pod-network.ts";
import { scheduler } from "./kubernetes/scheduler.ts";

export type Component = (cluster: Cluster, host: string) => Fragment | undefined;

export const components: readonly Component[] = [
  agent,
  etcd,
  apiLoadBalancers,
  disruption,
  apiServersFirst,
  apiServer,
  controllerManager,
  scheduler,
  podNetwork,
  kubelet,
  kubeProxy,
  nodeSettings,
  clusterObjects,
  containers,
];
