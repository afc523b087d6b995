// The container that keeps this node's part of the pod network: routes, accepted packets, masquerading (the script says how).
import { durationMs } from "#shared/duration.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PodNetwork } from "#shared/schema/kubernetes/network.ts";
import { nodesIn } from "#shared/schema/types/node-table.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";
import { componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { filterLock } from "./host-paths.ts";
import { addressText, networkText } from "./network-text.ts";
import { podNetworkConfig } from "./pod-network-config.ts";
import { podNetworkScript } from "./pod-network-script.ts";
import { rootSpec } from "./root-spec.ts";

const name = "pod-network";
const script = "pod-network.sh";
const routes = "routes";

/** The desired container; beside it the network's configuration for the host's container runtime. */
export function expandPodNetwork(
  config: PodNetwork,
  host: Pick<HostConfig, "privateFiles">,
  secrets: SecretStore,
): DesiredContainer {
  const { clusterCidr, image, interval, log, stopTimeout } = config;
  const seconds = String(durationMs(interval) / 1000);
  const lock = filterLock(name, config.run);
  const draft = {
    component: name,
    name,
    rank: componentTable.podNetwork.rank,
    dependsOn: [],
    spec: {
      ...rootSpec({ image, entrypoint: ["/bin/sh"], log, stopTimeout }),
      args: [`${filesAt}/${script}`, networkText(clusterCidr), `${liveFilesAt}/${routes}`, seconds],
      readOnlyRoot: true,
      noNewPrivileges: true,
      capAdd: ["NET_ADMIN", "NET_RAW"],
      capDrop: ["ALL"],
      mounts: [lock.mount],
      // some shells put a long here-document there
      tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=1m,mode=1777" },
    },
    restart: config.restart,
    resources: {},
    dataDirectories: lock.data,
    files: [...files(config, host, secrets), ...lock.files],
    filesAt,
    liveFilesAt,
    probe: resolveProbe(config.probe, secrets),
    goBack: "always",
    claims: [],
  } as const;
  return assemble(draft, secrets);
}

function files(config: PodNetwork, host: Pick<HostConfig, "privateFiles">, secrets: SecretStore): readonly FileDraft[] {
  const make = componentFiles({ uid: 0, gid: 0 }, host, secrets);
  const live = { mode: make.textMode, uid: 0, gid: 0, effect: "none", takeOver: false } as const;
  return [
    make.text(script, podNetworkScript),
    { ...live, path: routes, content: routesText(config) },
    { ...live, path: config.configFile, content: podNetworkConfig(config) },
  ];
}

/** A line `network address` for each other node: of the table all but the one that has this host's pods. */
function routesText({ nodes = "", podCidr: own, routes: given }: PodNetwork): string {
  const mine = networkText(own);
  const listed = nodesIn(nodes).flatMap(({ host, address, podCidr }) =>
    Object.hasOwn(given, host) ? [] : [[host, { address, podCidr }] as const],
  );
  const others = listed.filter(([, { podCidr }]) => networkText(podCidr) !== mine);
  return sortedEntries(Object.fromEntries([...others, ...Object.entries(given)]))
    .map(([, { address, podCidr }]) => `${networkText(podCidr)} ${addressText(address)}\n`)
    .join("");
}
