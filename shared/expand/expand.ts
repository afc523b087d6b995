// What a host config means: containers, files, directories and probes, in start order. Pure and deterministic.
// What it makes of a released host config never changes (golden/README.md).
import { canonical } from "#shared/canonical.ts";
import type { DesiredContainer, DesiredState, UnmetContainer } from "#shared/state/desired.ts";
import { componentDirectory } from "#shared/state/component-directory.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { expandClusterObjects } from "./expand-cluster-objects.ts";
import { expandSections } from "./expand-sections.ts";
import { withApiServerStorage } from "./expand-api-server-storage.ts";
import { withApiServersFirst } from "./expand-api-servers-first.ts";
import { withDisruption } from "./expand-disruption.ts";
import { withEtcdBackup } from "./expand-etcd-backup.ts";
import { withEtcdCare } from "./expand-etcd-care.ts";
import { withEtcdMembers } from "./expand-etcd-members.ts";
import { expandNodeSettings } from "./expand-node-settings.ts";
import { secretStore } from "./pieces/secret-store.ts";
import { startOrder } from "./start-order.ts";
import { ownValue } from "#shared/own-value.ts";

/**
 * The desired state of a valid host config on a host of which `facts` are known. Throws INTERNAL_BUG for what validation
 * refuses.
 */
export function expand(config: HostConfig, facts: HostFacts = {}): DesiredState {
  const secrets = secretStore(config.secrets);
  const expanded = expandSections({ config, facts, secrets });
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
    withApiServersFirst(withDisruption(withEtcdRules(state, config, secrets), config, secrets), config, secrets),
    config,
    secrets,
  );
}

/** What is done for the member beside running it. */
function withEtcdRules(state: DesiredState, config: HostConfig, secrets: ReturnType<typeof secretStore>): DesiredState {
  return withEtcdMembers(withEtcdCare(withEtcdBackup(state, config, secrets), config, secrets), config, secrets);
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

function isUnmet(one: DesiredContainer | UnmetContainer): one is UnmetContainer {
  return "reason" in one;
}
