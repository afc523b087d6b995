// What a host config means: containers, files, directories and probes, in start order. Pure and deterministic.
// What it makes of a released host config never changes (golden/README.md).
import { canonical } from "#shared/canonical.ts";
import type { DesiredState } from "#shared/reconcile/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { expandApiLoadBalancer } from "./components/api-load-balancer.ts";
import { expandContainer } from "./components/container.ts";
import { expandEtcd } from "./components/etcd.ts";
import { withDisruption } from "./disruption.ts";
import { secretStore } from "./secret-store.ts";
import { sortedEntries } from "./sorted-record.ts";
import { startOrder } from "./start-order.ts";

/** The desired state of a valid host config. Throws INTERNAL_BUG for what validation refuses. */
export function expand(config: HostConfig): DesiredState {
  const secrets = secretStore(config.secrets);
  const containers = [
    ...(config.etcd === undefined ? [] : [expandEtcd(config.etcd, secrets)]),
    ...sortedEntries(config.apiLoadBalancers).map(([pool, member]) => expandApiLoadBalancer(pool, member, secrets)),
    ...sortedEntries(config.containers).map(([name, container]) => expandContainer(name, container, secrets)),
  ];
  const state = {
    cluster: config.cluster,
    host: config.host,
    config: secrets.digest(canonical(config)),
    containers: startOrder(containers),
  };
  return withDisruption(state, config, secrets);
}
