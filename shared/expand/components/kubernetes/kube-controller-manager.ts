// kube-controller-manager. It holds the CA's key, to sign the certificates that kubelets ask for.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubeControllerManager } from "#shared/schema/kubernetes/control-plane.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { apiFiles, componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { controlPlaneClient } from "./control-plane-client.ts";

/** The desired container of this host's controller manager. */
export function expandKubeControllerManager(
  config: KubeControllerManager,
  host: HostConfig,
  secrets: SecretStore,
): DesiredContainer {
  const flags = {
    kubeconfig: `${filesAt}/kubeconfig`,
    "client-ca-file": `${liveFilesAt}/client-ca.crt`,
    "requestheader-client-ca-file": `${liveFilesAt}/front-proxy-ca.crt`,
    "cluster-signing-cert-file": `${liveFilesAt}/signing-ca.crt`,
    "cluster-signing-key-file": `${liveFilesAt}/signing-ca.key`,
    "root-ca-file": `${filesAt}/root-ca.crt`,
    "service-account-private-key-file": `${filesAt}/service-account.key`,
  };
  return controlPlaneClient(
    { name: "kube-controller-manager", config, flags, files: files(config, host, secrets) },
    host,
    secrets,
  );
}

/** Which of them the program re-reads, and where that is written: file-table.ts. */
function files(config: KubeControllerManager, host: HostConfig, secrets: SecretStore): readonly FileDraft[] {
  const make = componentFiles(config, host, secrets);
  const { certificates: names } = config;
  return [
    ...apiFiles(make, config.api),
    make.live("client-ca.crt", names.ca),
    make.live("front-proxy-ca.crt", names.frontProxyCa),
    // started with two certificates it ends as soon as it leads, and given two later it signs nothing any more
    make.liveFirst("signing-ca.crt", names.ca),
    make.live("signing-ca.key", names.caKey, "private"),
    make.sealed("root-ca.crt", names.ca),
    make.sealed("service-account.key", names.serviceAccountKey, "private"),
  ];
}
