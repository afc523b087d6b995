// CoreDNS: the DNS of the cluster, at the address that kubelets give to pods.
import { renderDocument } from "#planner/yaml/render-document.ts";

export type CorednsOptions = {
  readonly image: string;
  readonly replicas: number;
  /** Address of the Service. */
  readonly address: string;
  /** DNS domain of the cluster. */
  readonly domain: string;
  /** Name servers for names outside of the cluster, or a file that names them; none: such names are not resolved. */
  readonly forward: readonly string[];
};

const labels = { "k8s-app": "kube-dns" } as const;
const inKubeSystem = { namespace: "kube-system" } as const;

/** All its objects, as YAML. */
export function corednsManifest(options: CorednsOptions): string {
  return [...accessObjects(), configMap(options), deployment(options), service(options), ...budget(options)]
    .map((object) => renderDocument(`CoreDNS: ${kindOf(object)}`, object))
    .join("---\n");
}

function kindOf(object: object): string {
  return "kind" in object ? String(object.kind) : "";
}

function accessObjects(): readonly object[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", ...inKubeSystem } },
    {
      apiVersion,
      kind: "ClusterRole",
      metadata: { name: "flexkube:coredns" },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata: { name: "flexkube:coredns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "flexkube:coredns" },
      subjects: [{ kind: "ServiceAccount", name: "coredns", ...inKubeSystem }],
    },
  ];
}

function configMap({ domain, forward }: CorednsOptions): object {
  const lines = [
    ".:53 {",
    "    errors",
    "    health {",
    "        lameduck 5s",
    "    }",
    "    ready",
    `    kubernetes ${domain} in-addr.arpa ip6.arpa {`,
    "        pods insecure",
    "        fallthrough in-addr.arpa ip6.arpa",
    "        ttl 30",
    "    }",
    "    prometheus :9153",
    ...(forward.length === 0 ? [] : [`    forward . ${forward.join(" ")} {`, "        max_concurrent 1000", "    }"]),
    "    cache 30",
    "    loop",
    "    reload",
    "    loadbalance",
    "}",
  ];
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", ...inKubeSystem },
    data: { Corefile: `${lines.join("\n")}\n` },
  };
}

function deployment({ image, replicas }: CorednsOptions): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", ...inKubeSystem, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: "coredns",
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
          ],
          affinity: apart,
          // lets it listen on port 53 without rights, whatever the container runtime does by itself
          securityContext: {
            seccompProfile: { type: "RuntimeDefault" },
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
          },
          containers: [container(image)],
          volumes: [{ name: "config", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } }],
        },
      },
    },
  };
}

/** On different nodes where there are enough. */
const apart = {
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
      },
    ],
  },
};

function container(image: string): object {
  return {
    name: "coredns",
    image,
    imagePullPolicy: "IfNotPresent",
    args: ["-conf", "/etc/coredns/Corefile"],
    ports: [
      { name: "dns", containerPort: 53, protocol: "UDP" },
      { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
      { name: "metrics", containerPort: 9153, protocol: "TCP" },
    ],
    resources: { requests: { cpu: "100m", memory: "70Mi" }, limits: { memory: "170Mi" } },
    livenessProbe: {
      httpGet: { path: "/health", port: 8080 },
      initialDelaySeconds: 60,
      timeoutSeconds: 5,
      failureThreshold: 5,
    },
    readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 5 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      // the program's file has this capability and does not start where it cannot be had
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    },
    volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
  };
}

function service({ address }: CorednsOptions): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", ...inKubeSystem, labels: { ...labels, "kubernetes.io/name": "CoreDNS" } },
    spec: {
      clusterIP: address,
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
        { name: "metrics", port: 9153, protocol: "TCP" },
      ],
    },
  };
}

/** Draining nodes takes one at a time. */
function budget({ replicas }: CorednsOptions): readonly object[] {
  if (replicas < 2) return [];
  return [
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "coredns", ...inKubeSystem },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
  ];
}
