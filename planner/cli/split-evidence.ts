// What hosts are proven to have, for a split that rests on it: the word that the cluster is up, and steps of versions.
import { canonical } from "#shared/canonical.ts";
import { rowsText } from "#shared/printable.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { usage } from "#shared/command-line/usage.ts";
import { clusterOf } from "#planner/cluster/cluster.ts";
import type { ProgramEffects } from "#planner/effects.ts";
import { fleetOf } from "#planner/fleet/fleet.ts";
import { reached } from "#planner/fleet/reached.ts";
import type { Reached } from "#planner/fleet/reached.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import { sayBootstrapped } from "#planner/state/say-bootstrapped.ts";
import { evidenceNow, remember } from "./fleet-now.ts";
import { kubeconfigAccess } from "./kubeconfig-access.ts";
import type { Options } from "./parse-options.ts";
import { stateOf, wantedFleet } from "./wanted-fleet.ts";

/**
 * The options with what is proven; as they are without --from and --kubeconfig. Where all that must be up is proven to be, that is as if
 * --bootstrapped had been said. `writes`: it may be remembered what was seen. Throws as status.
 */
export async function withEvidence(
  options: Options,
  opened: OpenedCluster,
  { effects, writes }: { readonly effects: ProgramEffects; readonly writes: boolean },
): Promise<Options> {
  const { from, kubeconfig } = options;
  if (from === undefined && kubeconfig === undefined) return options;
  if (options.newCluster) throw usage("--new-cluster", "of a new cluster nothing can be proven yet");
  const access = kubeconfig === undefined ? undefined : await kubeconfigAccess(kubeconfig, effects);
  const wanted = await wantedFleet(opened, effects);
  const fleet = fleetOf(wanted, await evidenceNow({ from, access }, effects), effects.clock.now());
  if (writes) await remember(fleet, { wanted, directory: opened.directories.pki }, effects);
  const { config } = opened.loaded;
  const hosts = hostsToBeUp(config);
  const state = await stateOf(opened, effects);
  const isOpen = hosts.length > 0 && canonical(sayBootstrapped(state, config)) !== canonical(state);
  if (options.bootstrapped || !isOpen) return { ...options, fleet };
  const up = reached(hosts, fleet, { kind: "up" });
  effects.printError(rowsText(upLines(up)));
  return { ...options, fleet, bootstrapped: up.ok };
}

/** Those that run etcd or the control plane: without them nobody could found the cluster, or apply its objects. */
function hostsToBeUp(config: ClusterConfig): readonly string[] {
  const { members, kubernetes } = clusterOf(config, { inputs: new Map(), bootstrapped: false });
  return [...new Set([...Object.keys(members), ...(kubernetes?.controlPlane ?? [])])].toSorted();
}

function upLines(up: Reached): readonly string[] {
  if (up.ok) return ["the cluster is proven to be up: this is a split --bootstrapped"];
  return up.missing.flatMap(({ host, why, hint }) => [
    `the cluster is not taken for up yet: ${host}: ${why}`,
    `    ${hint}`,
  ]);
}
