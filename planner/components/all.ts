// Every component, in the order of the host config. A new section is a file here and a line below.
import type { Cluster } from "../cluster.ts";
import { agent } from "./agent.ts";
import { apiLoadBalancers } from "./api-load-balancers.ts";
import { containers } from "./containers.ts";
import { etcd } from "./etcd.ts";
import type { Fragment } from "./fragment.ts";

export type Component = (cluster: Cluster, host: string) => Fragment | undefined;

export const components: readonly Component[] = [agent, etcd, apiLoadBalancers, containers];
