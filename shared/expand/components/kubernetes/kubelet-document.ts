// KubeletConfiguration: what the config says, with what follows from the host and where files lie.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { type KubeletSettings, kubeletSettings } from "#shared/components/kubelet-settings.ts";
import { claim } from "#shared/expand/pieces/socket-address.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { filesAt, liveFilesAt } from "./component-files.ts";
import { withAdded } from "./document.ts";
import type { KubeletRuntime } from "./kubelet-runtime.ts";

/** The document that the kubelet reads. What the config itself says of these wins over what follows from the host. */
export function kubeletDocument(config: Kubelet, runtime: KubeletRuntime): KubernetesDocument {
  const fromHost = {
    cgroupDriver: runtime.cgroupDriver,
    ...(runtime.resolvConf === undefined ? {} : { resolvConf: runtime.resolvConf }),
    // from 1.35 on the kubelet refuses such hosts unless it is told
    ...(runtime.cgroupVersion === 1 ? { failCgroupV1: false } : {}),
  };
  return withAdded(
    { ...fromHost, ...config.config },
    {
      containerRuntimeEndpoint: `unix://${runtime.socket}`,
      authentication: { x509: { clientCAFile: `${filesAt}/client-ca.crt` } },
      ...(kubeletSettings(config).serverTLSBootstrap
        ? {}
        : {
            tlsCertFile: `${liveFilesAt}/serving.crt`,
            tlsPrivateKeyFile: `${liveFilesAt}/serving.key`,
          }),
    },
  );
}

/** Ports that it listens on. */
export function kubeletClaims(config: Kubelet): readonly string[] {
  return componentTable.kubelet.listeners(config).map(({ address, port }) => claim(address, port));
}

/** Where its own health is told; undefined when that is switched off. */
export function kubeletHealth({
  healthzPort,
  healthzBindAddress,
}: KubeletSettings): { readonly address: string; readonly port: number } | undefined {
  return healthzPort === 0 ? undefined : { address: healthzBindAddress, port: healthzPort };
}
