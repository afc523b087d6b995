// The kubelet: a privileged container that shares the host's processes and network, and rests on facts of the host.
import type { DesiredContainer, DesiredDirectory, UnmetContainer } from "#shared/state/desired.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HttpProbe } from "#shared/schema/words/words.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { hashOf } from "#shared/canonical.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { SpecDraft } from "#shared/expand/pieces/container-spec.ts";
import { type FileDraft, octal } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { type KubeletSettings, kubeletSettings } from "#shared/components/kubelet-settings.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { localAddress } from "#shared/expand/pieces/socket-address.ts";
import { apiLoadBalancersOf } from "./api-load-balancers-of.ts";
import { argumentList } from "./argument-list.ts";
import { cniPluginsName } from "./cni-plugins.ts";
import { apiFiles, type ComponentFiles, componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { documentText } from "./document.ts";
import { kubeletClaims, kubeletDocument, kubeletHealth } from "./kubelet-document.ts";
import { modulesDirectory } from "./host-paths.ts";
import { kubeletMounts } from "./kubelet-mounts.ts";
import { kubeletPreflight } from "./kubelet-preflight.ts";
import { kubeletRegistration } from "./kubelet-registration.ts";
import { type KubeletRuntime, kubeletRuntime } from "./kubelet-runtime.ts";
import { rootSpec } from "./root-spec.ts";

const name = "kubelet";
const root = { uid: 0, gid: 0 } as const;

/** The desired container of this host's kubelet, or why it cannot be specified yet. */
export function expandKubelet(
  config: Kubelet,
  { host, facts }: { readonly host: HostConfig; readonly facts: HostFacts },
  secrets: SecretStore,
): DesiredContainer | UnmetContainer {
  const runtime = kubeletRuntime(config, facts);
  if ("reason" in runtime) return { component: name, name, reason: runtime.reason };
  const document = kubeletDocument(config, runtime);
  const finished = { ...config, config: document };
  const make = componentFiles(root, host, secrets);
  const registration = kubeletRegistration(config, make);
  const draft = {
    component: name,
    name,
    rank: componentTable.kubelet.rank,
    dependsOn: [
      ...apiLoadBalancersOf(config.api.server, host),
      ...(host.podNetwork === undefined ? [] : [cniPluginsName]),
    ],
    spec: specOf(config, runtime),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: dataDirectories(config),
    files: [...files(config, document, make), ...registration.files],
    filesAt,
    liveFilesAt,
    probe: resolveProbe(config.probe, secrets, ownHealth(kubeletSettings(finished))),
    goBack: "always",
    facts: runtime.facts,
    preflight: kubeletPreflight(finished, runtime, host),
    claims: kubeletClaims(finished),
    startArgs: registration.startArgs,
  } as const;
  return assemble(draft, secrets);
}

function specOf(config: Kubelet, runtime: KubeletRuntime): SpecDraft {
  return {
    ...rootSpec(config),
    args: argumentList(flags(config), config.args),
    pidMode: "host",
    cgroupnsMode: "host",
    privileged: true,
    mounts: kubeletMounts(config, runtime),
  };
}

/**
 * The kubelet writes its kubeconfig itself, to name the certificate that it rotates, and then takes the API's URL from
 * there. So the URL is part of the file's name: with another URL it writes another file and keeps its certificate.
 */
function flags({ api, address, dataDirectory, node }: Kubelet): Readonly<Record<string, string>> {
  return {
    config: `${filesAt}/config.json`,
    "bootstrap-kubeconfig": `${filesAt}/bootstrap-kubeconfig`,
    kubeconfig: `${dataDirectory}/kubeconfig-${hashOf({ server: api.server }).slice(0, 8)}`,
    "cert-dir": `${dataDirectory}/pki`,
    "hostname-override": node,
    "node-ip": address,
    "root-dir": dataDirectory,
  };
}

/** Which of them the program re-reads, and where that is written: file-table.ts. */
function files(config: Kubelet, document: KubernetesDocument, make: ComponentFiles): readonly FileDraft[] {
  const { certificates: names } = config;
  return [
    make.text("config.json", documentText(document)),
    ...apiFiles(make, config.api, "bootstrap-kubeconfig"),
    make.sealed("client-ca.crt", names.ca),
    ...(kubeletSettings(config).serverTLSBootstrap
      ? []
      : [make.live("serving.crt", names.servingCertificate), make.live("serving.key", names.servingKey, "private")]),
  ];
}

/** Its data, what the config adds, and a directory of the host that must be there to be mounted. */
function dataDirectories({ dataDirectory, mounts }: Kubelet): DesiredContainer["dataDirectories"] {
  const asked = mounts.flatMap(({ source, create }): readonly DesiredDirectory[] =>
    create === undefined ? [] : [{ path: source, mode: octal(create.mode), uid: create.uid, gid: create.gid }],
  );
  return [{ path: dataDirectory, mode: 0o750, ...root }, modulesDirectory, ...asked];
}

function ownHealth(settings: KubeletSettings): HttpProbe | undefined {
  const health = kubeletHealth(settings);
  if (health === undefined) return undefined;
  return { scheme: "http", address: localAddress(health.address), port: health.port, path: "/healthz", status: 200 };
}
