// The kubelet in the host config.
import * as z from "zod";
import {
  AbsolutePath,
  Command,
  DataDirectory,
  Image,
  PeerAddress,
  Probe,
  Resources,
  RestartPolicy,
  SecretName,
  StopTimeout,
} from "#shared/schema/words/words.ts";
import { LogConfig, MountConfig } from "#shared/schema/words/container.ts";
import { domain } from "#shared/schema/types/domain.ts";
import { notSocket } from "#shared/schema/types/docker-words.ts";
import { ApiAccess, Arguments, KubernetesDocument, NodeName } from "./kubernetes-words.ts";
import { NodeRegistration } from "./node-settings.ts";

export const KubeletCertificates = z.strictObject({
  ca: SecretName.default("kubernetes/ca.crt"),
  servingCertificate: SecretName.default("kubernetes/kubelet-serving.crt"),
  servingKey: SecretName.default("kubernetes/kubelet-serving.key"),
});
export type KubeletCertificates = z.infer<typeof KubeletCertificates>;

export const Kubelet = z.strictObject({
  image: Image,
  args: Arguments.default({}),
  resources: Resources.prefault({}),
  log: LogConfig.prefault({}),
  restart: RestartPolicy.default("always"),
  node: NodeName.meta({ description: "Name of the Kubernetes node." }),
  address: PeerAddress.meta({ description: "Address of the node." }),
  api: ApiAccess.meta({
    description: "API and first client certificate; the kubelet then rotates its own, below dataDirectory.",
  }),
  config: KubernetesDocument.meta({
    description: "KubeletConfiguration; what follows from the host's facts and where files lie is added.",
  }),
  registration: NodeRegistration.optional().meta({
    description:
      "Labels and taints that the node is registered with. They are told to a kubelet when its container is made, and a change makes no new one: section `node` keeps them right. Default none.",
  }),
  cri: z.enum(["auto", "containerd", "cri-dockerd"]).default("auto").meta({
    description:
      "Container runtime: containerd's CRI or cri-dockerd; auto takes containerd's if it answers. Default auto.",
  }),
  criSocket: domain("socket", AbsolutePath, notSocket).optional().meta({
    description: "Socket of the container runtime. Default: /run/containerd/containerd.sock or /run/cri-dockerd.sock.",
  }),
  cgroupDriver: z.enum(["auto", "cgroupfs", "systemd"]).default("auto").meta({
    description: "Who manages control groups; auto is what Docker uses. Default auto.",
  }),
  resolver: z.enum(["as-configured", "reachable"]).default("as-configured").meta({
    description:
      "Name servers of pods with the DNS policy Default: as-configured, what `config.resolvConf` or else /etc/resolv.conf says; reachable, never only those on the host's own loopback, which no pod reaches: systemd-resolved's own list then, and where there is none the kubelet does not start. Default as-configured.",
  }),
  dataDirectory: DataDirectory.default("/var/lib/kubelet").meta({
    description:
      "Host directory of the kubelet's data; never removed without an explicit word. Default /var/lib/kubelet.",
  }),
  mounts: z
    .array(MountConfig)
    .max(100)
    .default([])
    .meta({ description: "Further directories of the host. Default none." }),
  mend: z.boolean().default(false).meta({
    description:
      "Let the agent mend what its checks find and a container can change: kernel parameters and /etc/machine-id. Default false.",
  }),
  certificates: KubeletCertificates.prefault({}).meta({ description: "Secrets with certificates and keys." }),
  entrypoint: Command.default(["/usr/local/bin/kubelet"]).meta({
    description: "Program in the image. Default /usr/local/bin/kubelet.",
  }),
  stopTimeout: StopTimeout.default("30s"),
  probe: Probe.prefault({ deadline: "180s" }),
});
export type Kubelet = z.infer<typeof Kubelet>;
