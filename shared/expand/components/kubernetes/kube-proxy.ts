// kube-proxy as a container of the host.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { KubeProxy } from "#shared/schema/kubernetes/network.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { SpecDraft } from "#shared/expand/pieces/container-spec.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { textIn } from "#shared/components/document-fields.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { claim, socketAddress } from "#shared/expand/pieces/socket-address.ts";
import { apiLoadBalancersOf } from "./api-load-balancers-of.ts";
import { argumentList } from "./argument-list.ts";
import { apiFiles, componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { documentText, withAdded } from "./document.ts";
import { filterLock, modulesDirectory, modulesMount } from "./host-paths.ts";
import { rootSpec } from "./root-spec.ts";

const name = "kube-proxy";
const loopback = "127.0.0.1";
// kube-proxy's own default
const defaultMetrics = "127.0.0.1:10249";

/** The desired container of this host's kube-proxy. */
export function expandKubeProxy(config: KubeProxy, host: HostConfig, secrets: SecretStore): DesiredContainer {
  const document = withAdded(config.config, {
    clientConnection: { kubeconfig: `${filesAt}/kubeconfig` },
    healthzBindAddress: socketAddress(loopback, config.healthPort),
  });
  const lock = filterLock(name, config.run);
  const draft = {
    component: name,
    name,
    rank: componentTable.kubeProxy.rank,
    dependsOn: apiLoadBalancersOf(config.api.server, host),
    spec: {
      ...rootSpec(config),
      args: argumentList({ config: `${filesAt}/config.json` }, config.args),
      ...rights(config),
      readOnlyRoot: true,
      mounts: [lock.mount, modulesMount],
      tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=16m,mode=1777" },
    },
    restart: config.restart,
    resources: config.resources,
    dataDirectories: [modulesDirectory, ...lock.data],
    files: [...files({ config, document, host }, secrets), ...lock.files],
    filesAt,
    liveFilesAt,
    // it opens its health port only when its Node object is there, which may need what a later tick applies
    probe: resolveProbe(config.probe, secrets),
    goBack: "always",
    claims: [claim(loopback, config.healthPort), `tcp/${textIn(document, "metricsBindAddress") ?? defaultMetrics}`],
  } as const;
  return assemble(draft, secrets);
}

/** To set the packet filter. Without SYS_RESOURCE it cannot lower its own oom score, which it says once and goes on. */
function rights({ privileged }: KubeProxy): Pick<SpecDraft, "privileged" | "noNewPrivileges" | "capAdd" | "capDrop"> {
  if (privileged) return { privileged, noNewPrivileges: false, capAdd: [], capDrop: [] };
  return { privileged, noNewPrivileges: true, capAdd: ["NET_ADMIN", "NET_RAW"], capDrop: ["ALL"] };
}

/** Which of them the program re-reads, and where that is written: file-table.ts. */
function files(
  {
    config,
    document,
    host,
  }: { readonly config: KubeProxy; readonly document: KubernetesDocument; readonly host: HostConfig },
  secrets: SecretStore,
): readonly FileDraft[] {
  const make = componentFiles({ uid: 0, gid: 0 }, host, secrets);
  return [...apiFiles(make, config.api), make.text("config.json", documentText(document))];
}
