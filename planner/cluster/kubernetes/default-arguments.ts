// Default flags of the Kubernetes programs: policy only. Flags that name files and ports are added on the host.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Arguments } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { cipherSuites } from "./cipher-suites.ts";
import type { ResolvedKubernetes } from "./resolved-kubernetes.ts";

const tls = { "tls-cipher-suites": cipherSuites.join(","), "tls-min-version": "VersionTLS12" } as const;

/** Flags of every API server. */
export function apiserverArguments(config: ClusterConfig, kubernetes: ResolvedKubernetes): Arguments {
  const { network, controlPlane } = config;
  return {
    ...tls,
    "allow-privileged": "true",
    "authorization-mode": "Node,RBAC",
    // externalIPs let whoever makes a Service take over any address (CVE-2020-8554), and nothing here needs them
    "enable-admission-plugins": `NodeRestriction,DenyServiceExternalIPs${config.hardening === "cis" ? ",EventRateLimit" : ""}`,
    ...(controlPlane?.audit.enabled === true
      ? { "audit-log-maxage": "30", "audit-log-maxbackup": "10", "audit-log-maxsize": "100" }
      : {}),
    // moves long connections to other servers now and then; with one server it would only break them
    ...(kubernetes.controlPlane.size > 1 ? { "goaway-chance": "0.001" } : {}),
    "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
    profiling: "false",
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    // tokens of pods end after an hour instead of a year; their clients have read renewed ones for long
    "service-account-extend-token-expiration": "false",
    "service-account-issuer": kubernetes.issuer,
    "service-cluster-ip-range": network.serviceCidr,
    // /readyz fails for this long before it stops serving, so that load balancers look elsewhere first
    "shutdown-delay-duration": "10s",
    "shutdown-send-retry-after": "true",
  };
}

/** Flags of one host's API server. */
export function apiserverHostArguments(config: ClusterConfig, kubernetes: ResolvedKubernetes, host: string): Arguments {
  const hasProxy = config.network.proxy.enabled && kubernetes.nodes.has(host);
  return {
    "advertise-address": config.hosts[host]?.address ?? "",
    // where nothing routes addresses of Services, it goes to the pods behind them
    ...(hasProxy ? {} : { "enable-aggregator-routing": "true" }),
  };
}

export function controllerManagerArguments(config: ClusterConfig): Arguments {
  const { plugin, podCidr, nodeMask, serviceCidr } = config.network;
  const cidrs =
    plugin === "bridge"
      ? { "allocate-node-cidrs": "false" }
      : { "allocate-node-cidrs": "true", "cluster-cidr": podCidr, "node-cidr-mask-size": String(nodeMask) };
  return {
    ...tls,
    ...cidrs,
    "cluster-signing-duration": "8760h",
    "configure-cloud-routes": "false",
    "leader-elect": "true",
    profiling: "false",
    "service-cluster-ip-range": serviceCidr,
    "terminated-pod-gc-threshold": "1000",
    "use-service-account-credentials": "true",
  };
}

export function schedulerArguments({ hardening }: ClusterConfig): Arguments {
  return {
    ...tls,
    "authentication-tolerate-lookup-failure": "false",
    // its document says so already, and is what it heeds; who looks at flags finds it here
    ...(hardening === "cis" ? { profiling: "false" } : {}),
  };
}
