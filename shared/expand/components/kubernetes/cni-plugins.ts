// A container that runs once: it puts the CNI plug-ins of its image where the host's container runtime looks for them.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { PodNetwork } from "#shared/schema/kubernetes/network.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { cniPluginsScript } from "./cni-plugins-script.ts";
import { componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { rootSpec } from "./root-spec.ts";

/** Name of the container and of its component. */
export const cniPluginsName = "cni-plugins";
/** Those that the pod network's own configuration names, and loopback, which container runtimes add. */
const needed = ["bridge", "host-local", "loopback", "portmap"];
/** Where the host's directory is in the container. */
const hostAt = "/host/cni-plugins";
const script = "install.sh";

/** The desired one-shot container. */
export function expandCniPlugins(
  config: PodNetwork,
  host: Pick<HostConfig, "privateFiles">,
  secrets: SecretStore,
): DesiredContainer {
  const { binDirectory, log, pluginsAt, pluginsImage, stopTimeout } = config;
  const draft = {
    component: cniPluginsName,
    name: cniPluginsName,
    rank: componentTable.podNetwork.rank,
    dependsOn: [],
    spec: {
      ...rootSpec({ image: pluginsImage, entrypoint: ["/bin/sh"], log, stopTimeout }),
      args: [`${filesAt}/${script}`, pluginsAt, hostAt],
      networkMode: "none",
      // the directory is root's on the host, whatever users Docker maps to others
      hostUsers: true,
      readOnlyRoot: true,
      noNewPrivileges: true,
      capDrop: ["ALL"],
      mounts: [{ source: binDirectory, target: hostAt, readOnly: false, propagation: "rprivate" }],
    },
    restart: "no",
    resources: {},
    dataDirectories: [{ path: binDirectory, mode: 0o755, uid: 0, gid: 0, shared: true }],
    files: [componentFiles({ uid: 0, gid: 0 }, host, secrets).text(script, cniPluginsScript)],
    filesAt,
    liveFilesAt,
    probe: resolveProbe(config.probe, secrets),
    goBack: "always",
    once: { produces: needed.map((plugin) => `${binDirectory}/${plugin}`) },
    claims: [],
  } as const;
  return assemble(draft, secrets);
}
