// Default configuration documents of the Kubernetes programs. Where their files lie is added on the host.
import type { KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { cipherSuites } from "./cipher-suites.ts";

/** Only the health endpoints answer callers without a name, so that load balancers can ask. */
export const authenticationDocument: KubernetesDocument = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AuthenticationConfiguration",
  anonymous: { enabled: true, conditions: [{ path: "/livez" }, { path: "/readyz" }, { path: "/healthz" }] },
};

/** Pod security for namespaces without labels of their own; kube-system, where privileged add-ons live, is exempt. */
export function admissionDocument(level: "privileged" | "baseline" | "restricted"): KubernetesDocument {
  // what is allowed and still not best practice is told to whoever creates it
  const told = level === "privileged" ? "privileged" : "restricted";
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "PodSecurity",
        configuration: {
          apiVersion: "pod-security.admission.config.k8s.io/v1",
          kind: "PodSecurityConfiguration",
          defaults: {
            enforce: level,
            "enforce-version": "latest",
            audit: told,
            "audit-version": "latest",
            warn: told,
            "warn-version": "latest",
          },
          exemptions: { usernames: [], runtimeClasses: [], namespaces: ["kube-system"] },
        },
      },
    ],
  };
}

/** What the cluster's own programs write all the time. */
const noise = [
  { group: "", resources: ["events"] },
  { group: "events.k8s.io", resources: ["events"] },
  { group: "coordination.k8s.io", resources: ["leases"] },
];

/**
 * Who did what to which object, never the object itself; of events and Leases only what others did than the cluster's own
 * programs. A rule's users and groups must both fit, so they stand in two rules.
 */
export const auditPolicyDocument: KubernetesDocument = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-proxy", "system:kube-scheduler"],
      resources: noise,
    },
    { level: "None", userGroups: ["system:nodes", "system:serviceaccounts:kube-system"], resources: noise },
    { level: "Metadata" },
  ],
};

export const schedulerDocument: KubernetesDocument = {
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  leaderElection: { leaderElect: true },
  enableProfiling: false,
};

/** `dnsAddress` is left out where there is no DNS. */
export function kubeletDocument(node: {
  readonly address: string;
  readonly dnsAddress: string | undefined;
  readonly dnsDomain: string;
}): KubernetesDocument {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    healthzBindAddress: "127.0.0.1",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
    authorization: { mode: "Webhook" },
    ...(node.dnsAddress === undefined ? {} : { clusterDNS: [node.dnsAddress] }),
    clusterDomain: node.dnsDomain,
    rotateCertificates: true,
    tlsMinVersion: "VersionTLS12",
    tlsCipherSuites: [...cipherSuites],
    // a pod that makes processes without end ends its node's otherwise
    podPidsLimit: 4096,
    seccompDefault: true,
    serializeImagePulls: false,
    enableProfilingHandler: false,
    enableDebugFlagsHandler: false,
  };
}

/** Connection tracking is left as the host has it: zeros are "do not touch". */
export function proxyDocument(options: {
  readonly host: string;
  readonly mode: string;
  readonly podCidr: string;
}): KubernetesDocument {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: options.mode,
    clusterCIDR: options.podCidr,
    detectLocalMode: "ClusterCIDR",
    hostnameOverride: options.host,
    metricsBindAddress: "127.0.0.1:10249",
    nodePortAddresses: ["primary"],
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
}

/** Programs read the first key that fits; what is written uses the first provider of its rule. */
export function encryptionDocument(options: {
  /** base64 of 32 bytes each, with a name; the first one writes. */
  readonly keys: readonly { readonly name: string; readonly secret: string }[];
  readonly resources: readonly string[];
  /** Once encrypted and now written in plain text; they must stay readable. */
  readonly formerly: readonly string[];
}): KubernetesDocument {
  const secretbox = { secretbox: { keys: options.keys.map(({ name, secret }) => ({ name, secret })) } };
  const plain = { identity: {} };
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      ...(options.resources.length === 0 ? [] : [{ resources: [...options.resources], providers: [secretbox, plain] }]),
      ...(options.formerly.length === 0 ? [] : [{ resources: [...options.formerly], providers: [plain, secretbox] }]),
    ],
  };
}
