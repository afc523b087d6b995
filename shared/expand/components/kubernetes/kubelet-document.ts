// KubeletConfiguration: what the config says, with what follows from the host and where files lie.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import type { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";
import { claim } from "#shared/expand/pieces/socket-address.ts";
import { filesAt, liveFilesAt } from "./component-files.ts";
import { numberIn, textIn, withAdded } from "./document.ts";
import type { KubeletRuntime } from "./kubelet-runtime.ts";

// the kubelet's own defaults
const defaults = { address: "0.0.0.0", port: 10250, healthzAddress: "127.0.0.1", healthzPort: 10248 } as const;

/** The document that the kubelet reads. What the config itself says of these wins over what follows from the host. */
export function kubeletDocument(config: Kubelet, runtime: KubeletRuntime): KubernetesDocument {
  const fromHost = {
    cgroupDriver: runtime.cgroupDriver,
    // from 1.35 on the kubelet refuses such hosts unless it is told
    ...(runtime.resolvConf === undefined ? {} : { resolvConf: runtime.resolvConf }),
    ...(runtime.cgroupVersion === 1 ? { failCgroupV1: false } : {}),
  };
  return withAdded(
    { ...fromHost, ...config.config },
    {
      containerRuntimeEndpoint: `unix://${runtime.socket}`,
      authentication: { x509: { clientCAFile: `${filesAt}/client-ca.crt` } },
      ...(bootstrapsServing(config)
        ? {}
        : {
            tlsCertFile: `${liveFilesAt}/serving.crt`,
            tlsPrivateKeyFile: `${liveFilesAt}/serving.key`,
          }),
    },
  );
}

/** True when the kubelet asks the API for its serving certificate, which somebody must then approve. */
export function bootstrapsServing({ config }: Kubelet): boolean {
  return config["serverTLSBootstrap"] === true;
}

/** Where its own health is told; undefined when the document switches that off. */
export function kubeletHealth(
  document: KubernetesDocument,
): { readonly address: string; readonly port: number } | undefined {
  const port = numberIn(document, "healthzPort", defaults.healthzPort);
  if (port === 0) return undefined;
  return { address: textIn(document, "healthzBindAddress", defaults.healthzAddress), port };
}

/** Ports that the kubelet listens on. */
export function kubeletClaims(document: KubernetesDocument): readonly string[] {
  const address = textIn(document, "address", defaults.address);
  const readOnlyPort = numberIn(document, "readOnlyPort", 0);
  const health = kubeletHealth(document);
  return [
    claim(address, numberIn(document, "port", defaults.port)),
    ...(readOnlyPort === 0 ? [] : [claim(address, readOnlyPort)]),
    ...(health === undefined ? [] : [claim(health.address, health.port)]),
  ];
}
