// kube-scheduler.
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { KubeScheduler } from "#shared/schema/kubernetes/control-plane.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { apiFiles, componentFiles, filesAt } from "./component-files.ts";
import { controlPlaneClient } from "./control-plane-client.ts";
import { documentText, withAdded } from "./document.ts";

/** The desired container of this host's scheduler. */
export function expandKubeScheduler(config: KubeScheduler, host: HostConfig, secrets: SecretStore): DesiredContainer {
  const make = componentFiles(config, host, secrets);
  const document = withAdded(config.config, { clientConnection: { kubeconfig: `${filesAt}/kubeconfig` } });
  return controlPlaneClient(
    {
      name: "kube-scheduler",
      config,
      flags: { config: `${filesAt}/config.json` },
      files: [...apiFiles(make, config.api), make.text("config.json", documentText(document))],
    },
    host,
    secrets,
  );
}
