// The control plane in the host config: API server, controller manager, scheduler.
import * as z from "zod";
import {
  Command,
  DataDirectory,
  Port,
  Probe,
  SecretName,
  ServedAddress,
  StopTimeout,
} from "#shared/schema/words/words.ts";
import { EtcdRestoreIdentity } from "#shared/schema/words/etcd-restore.ts";
import { ApiAccess, KubernetesDocument, Rollout, ServerUrl, serviceFields } from "./kubernetes-words.ts";

/** Secrets of an API server, by default under the names that the planner gives. */
export const ApiserverCertificates = z.strictObject({
  ca: SecretName.default("kubernetes/ca.crt"),
  certificate: SecretName.default("kubernetes/apiserver.crt"),
  key: SecretName.default("kubernetes/apiserver.key"),
  kubeletClientCertificate: SecretName.default("kubernetes/apiserver-kubelet-client.crt"),
  kubeletClientKey: SecretName.default("kubernetes/apiserver-kubelet-client.key"),
  etcdCa: SecretName.default("etcd/ca.crt"),
  etcdClientCertificate: SecretName.default("kubernetes/apiserver-etcd-client.crt"),
  etcdClientKey: SecretName.default("kubernetes/apiserver-etcd-client.key"),
  frontProxyCa: SecretName.default("kubernetes/front-proxy-ca.crt"),
  frontProxyClientCertificate: SecretName.default("kubernetes/front-proxy-client.crt"),
  frontProxyClientKey: SecretName.default("kubernetes/front-proxy-client.key"),
  serviceAccountPublicKey: SecretName.default("kubernetes/service-account.pub"),
  serviceAccountKey: SecretName.default("kubernetes/service-account.key"),
});
export type ApiserverCertificates = z.infer<typeof ApiserverCertificates>;

export const KubeApiserver = z.strictObject({
  ...serviceFields,
  bind: z
    .strictObject({ address: ServedAddress.default("0.0.0.0"), port: Port.default(6443) })
    .prefault({})
    .meta({ description: "Where it serves. Default 0.0.0.0:6443." }),
  etcdServers: z.array(ServerUrl).min(1).meta({ description: "Client URLs of etcd." }),
  etcdRestore: EtcdRestoreIdentity.optional().meta({
    description:
      "The restore that etcd began from: the API server is replaced by it, and starts only when that cluster has a leader. Default: none.",
  }),
  etcdMembership: z.boolean().optional().meta({
    description:
      "Members of etcd come and go by themselves: the API server is given one only when it votes. Default false.",
  }),
  authentication: KubernetesDocument.optional().meta({
    description: "AuthenticationConfiguration. Default: none, flags decide.",
  }),
  admission: KubernetesDocument.optional().meta({ description: "AdmissionConfiguration. Default: none." }),
  auditPolicy: KubernetesDocument.optional().meta({ description: "Audit policy. Default: none, no audit log." }),
  auditLogDirectory: DataDirectory.optional().meta({
    description: "Host directory of the audit log; without it the log goes to standard output.",
  }),
  encryption: SecretName.optional().meta({
    description: "Secret with the EncryptionConfiguration. Default: none, nothing is encrypted at rest.",
  }),
  certificates: ApiserverCertificates.prefault({}).meta({ description: "Secrets with certificates and keys." }),
  rollout: Rollout,
  entrypoint: Command.default(["/usr/local/bin/kube-apiserver"]).meta({
    description: "Program in the image. Default /usr/local/bin/kube-apiserver.",
  }),
  stopTimeout: StopTimeout.default("90s").meta({
    description: "Longer than the shutdown delay and a request's limit together. Default 90s.",
  }),
  probe: Probe.prefault({ deadline: "180s" }),
});
export type KubeApiserver = z.infer<typeof KubeApiserver>;

export const ControllerManagerCertificates = z.strictObject({
  ca: SecretName.default("kubernetes/ca.crt"),
  caKey: SecretName.default("kubernetes/ca.key"),
  frontProxyCa: SecretName.default("kubernetes/front-proxy-ca.crt"),
  serviceAccountKey: SecretName.default("kubernetes/service-account.key"),
});
export type ControllerManagerCertificates = z.infer<typeof ControllerManagerCertificates>;

export const KubeControllerManager = z.strictObject({
  ...serviceFields,
  bind: z
    .strictObject({ address: ServedAddress.default("127.0.0.1"), port: Port.default(10257) })
    .prefault({})
    .meta({ description: "Where it serves health and metrics. Default 127.0.0.1:10257." }),
  api: ApiAccess,
  certificates: ControllerManagerCertificates.prefault({}).meta({ description: "Secrets with certificates and keys." }),
  rollout: Rollout,
  entrypoint: Command.default(["/usr/local/bin/kube-controller-manager"]).meta({
    description: "Program in the image. Default /usr/local/bin/kube-controller-manager.",
  }),
  stopTimeout: StopTimeout.default("30s"),
  probe: Probe.prefault({ deadline: "180s" }),
});
export type KubeControllerManager = z.infer<typeof KubeControllerManager>;

export const KubeScheduler = z.strictObject({
  ...serviceFields,
  bind: z
    .strictObject({ address: ServedAddress.default("127.0.0.1"), port: Port.default(10259) })
    .prefault({})
    .meta({ description: "Where it serves health and metrics. Default 127.0.0.1:10259." }),
  api: ApiAccess,
  config: KubernetesDocument.meta({
    description: "KubeSchedulerConfiguration; where the kubeconfig lies is added.",
  }),
  rollout: Rollout,
  entrypoint: Command.default(["/usr/local/bin/kube-scheduler"]).meta({
    description: "Program in the image. Default /usr/local/bin/kube-scheduler.",
  }),
  stopTimeout: StopTimeout.default("30s"),
  probe: Probe.prefault({ deadline: "180s" }),
});
export type KubeScheduler = z.infer<typeof KubeScheduler>;
