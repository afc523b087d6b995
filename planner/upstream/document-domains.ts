// What fields of Kubernetes' documents may be beyond their type, by the Go type that they belong to: what the programs of 1.36 check
// when they start (mutants.sampled.kubernetes.test.ts asks them). What several fields must be together is in document-relations.ts.
import { notCertificates, notPrivateKey } from "#shared/schema/types/pem-text.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import { gracePeriods, reclaims, reserved, thresholds } from "./eviction.ts";
import { previousMinor } from "./previous-minor.ts";
import { wrongGate } from "./feature-gates.ts";
import { ciphers, curves, tlsVersion } from "./tls-words.ts";
import * as is from "./value-domains.ts";
import { ownValue } from "#shared/own-value.ts";

type Fields = Readonly<Record<string, is.ValueDomain>>;

const any = (): undefined => undefined;
const bit = is.within(0, 31);
const name = is.matching(/^\S/, "a name");
const issuerUrl: is.ValueDomain = (value) => {
  const url = URL.parse(String(value));
  return url?.protocol === "https:" &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === ""
    ? undefined
    : {
        problem: `${is.shown(value)} is no URL of an issuer`,
        hint: "https, without name, password, query and fragment",
      };
};

/** A kernel parameter of pods, or all that begin so. */
const sysctlPattern = is.matching(
  /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.|net\.)[a-z0-9._/-]*\*?$/,
  "a parameter of pods such as net.core.somaxconn, or with * at its end",
);
/** Bytes in a document, to a text and what is wrong with that. */
const encoded =
  (wrong: (text: string) => Fault | undefined): is.ValueDomain =>
  (value) => {
    if (value === "") return undefined;
    const text = Buffer.from(String(value), "base64").toString();
    return text.includes("-----BEGIN ") ? wrong(text) : { problem: "it is no PEM text in base64" };
  };
const pemCertificates = encoded(notCertificates);
const pemKey = encoded(notPrivateKey);
const bufferSize: is.ValueDomain = (value) =>
  is.quantityOf(String(value)) === undefined || typeof value === "object"
    ? { problem: `${is.shown(value)} is no quantity`, hint: "such as 64Ki" }
    : undefined;

/** Of the kubelet's CPU manager. */
export const policyOptions: is.ValueDomain = is.mapOf(
  is.exactly(
    "align-by-socket",
    "distribute-cpus-across-cores",
    "distribute-cpus-across-numa",
    "full-pcpus-only",
    "prefer-align-cpus-by-uncorecache",
    "strict-cpu-reservation",
  ),
  is.exactly("true", "false"),
);

const kubelet: Fields = {
  address: is.ipAddress,
  cgroupRoot: any,
  containerLogMaxFiles: is.within(2, 2_147_483_647),
  containerLogMaxSize: is.quantity(1),
  containerLogMaxWorkers: is.positive,
  containerLogMonitorInterval: is.lasting("3s"),
  cpuCFSQuotaPeriod: is.lasting("1ms", "1s"),
  allowedUnsafeSysctls: is.each(sysctlPattern),
  cpuManagerPolicyOptions: policyOptions,
  cpuManagerPolicy: is.oneOf("none", "static"),
  enforceNodeAllocatable: is.each(
    is.exactly(
      "none",
      "pods",
      "system-reserved",
      "system-reserved-compressible",
      "kube-reserved",
      "kube-reserved-compressible",
    ),
  ),
  evictionHard: thresholds,
  // below nought: what the pod says
  evictionMaxPodGracePeriod: any,
  evictionMinimumReclaim: reclaims,
  evictionSoft: thresholds,
  evictionSoftGracePeriod: gracePeriods,
  hairpinMode: is.oneOf("promiscuous-bridge", "hairpin-veth", "none"),
  healthzBindAddress: is.ipAddress,
  healthzPort: is.portOrNone,
  imageGCHighThresholdPercent: is.percent,
  imageGCLowThresholdPercent: is.percent,
  iptablesDropBit: bit,
  iptablesMasqueradeBit: bit,
  kubeReserved: reserved,
  maxParallelImagePulls: is.positive,
  memoryManagerPolicy: is.oneOf("None", "Static"),
  memoryThrottlingFactor: is.within(Number.MIN_VALUE, 1),
  nodeStatusMaxImages: is.within(-1, 2_147_483_647),
  oomScoreAdj: is.within(-1000, 1000),
  podCIDR: is.network,
  podLogsDir: is.cleanPath,
  podPidsLimit: is.within(-1, Number.MAX_SAFE_INTEGER),
  port: is.portOrNone,
  qosReserved: is.mapOf(is.exactly("memory"), is.matching(/^(100|[0-9]{1,2})%$/, "a share such as 50%")),
  readOnlyPort: is.portOrNone,
  reservedSystemCPUs: is.cpuList,
  runOnce: (value) =>
    String(value) === "true" ? { problem: "the kubelet has no such mode any more", hint: "remove it" } : undefined,
  systemReserved: reserved,
  tlsCipherSuites: ciphers,
  tlsCurvePreferences: curves,
  tlsMinVersion: tlsVersion,
  topologyManagerPolicyOptions: is.mapOf(
    is.exactly("prefer-closest-numa-nodes", "max-allowable-numa-nodes"),
    is.matching(/^(true|false|[0-9]{1,4})$/, "true, false or a number"),
  ),
  topologyManagerPolicy: is.oneOf("none", "best-effort", "restricted", "single-numa-node"),
  topologyManagerScope: is.oneOf("container", "pod"),
};

const proxy: Fields = {
  bindAddress: is.ipAddress,
  detectLocalMode: is.oneOf("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"),
  healthzBindAddress: is.addressAndPort,
  metricsBindAddress: is.addressAndPort,
  nodePortAddresses: (value) =>
    Array.isArray(value) && value.length === 1 && value[0] === "primary" ? undefined : is.each(is.network)(value),
  oomScoreAdj: is.within(-1000, 1000),
  portRange: is.matching(/^([0-9]+([-+][0-9]+)?)?$/, "ports such as 30000-32767"),
};

const packetMarks: Fields = { masqueradeBit: bit };

const scheduler: Fields = {
  parallelism: is.positive,
  percentageOfNodesToScore: is.percent,
  podInitialBackoffSeconds: is.positive,
  podMaxBackoffSeconds: is.positive,
};

const logging: Fields = {
  flushFrequency: (value) => (typeof value === "number" ? is.positive(value) : is.both(is.lasting("1ns"))(value)),
  format: is.oneOf("text", "json"),
  verbosity: is.within(0, 2_147_483_647),
};

const leaderElection: Fields = {
  leaseDuration: is.lasting("1ns"),
  renewDeadline: is.lasting("1ns"),
  resourceLock: is.oneOf("leases"),
  resourceName: name,
  resourceNamespace: name,
  retryPeriod: is.lasting("1ns"),
};

const issuer: Fields = {
  url: issuerUrl,
  discoveryURL: issuerUrl,
  audiences: is.each(name),
  certificateAuthority: (value) => (value === "" ? undefined : notCertificates(String(value))),
  egressSelectorType: (value) =>
    value === "" ? undefined : { problem: "an API server of flexkube has no egress selector", hint: "remove it" },
};

const podSecurityLevel = is.oneOf("privileged", "baseline", "restricted");
const podSecurityVersion = is.matching(/^(latest|v1\.[0-9]+|)$/, "latest, or a version such as v1.36");
const dnsLabels = is.each(
  is.matching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and inner dashes"),
);

const types: Readonly<Record<string, Fields>> = {
  "config/v1beta1.KubeletConfiguration": kubelet,
  "config/v1beta1.CrashLoopBackOffConfig": { maxContainerRestartPeriod: is.lasting("1s", "300s") },
  "config/v1beta1.MemoryReservation": {
    limits: is.mapOf(
      is.matching(/^(memory|hugepages-[0-9]+[KMG]i)$/, "memory, or hugepages-2Mi and the like"),
      is.quantity(1),
    ),
  },
  "config/v1beta1.MemorySwapConfiguration": { swapBehavior: is.oneOf("NoSwap", "LimitedSwap") },
  "config/v1beta1.ShutdownGracePeriodByPodPriority": { priority: any },
  "config/v1alpha1.KubeProxyConfiguration": proxy,
  "config/v1alpha1.KubeProxyIPTablesConfiguration": packetMarks,
  "config/v1alpha1.KubeProxyNFTablesConfiguration": packetMarks,
  "config/v1alpha1.KubeProxyIPVSConfiguration": { excludeCIDRs: is.each(is.network) },
  "config/v1alpha1.LeaderElectionConfiguration": leaderElection,
  "config/v1.KubeSchedulerConfiguration": scheduler,
  "config/v1.KubeSchedulerProfile": { percentageOfNodesToScore: is.percent, schedulerName: name },
  "config/v1.ExtenderManagedResource": {
    name: is.matching(
      /^(?!requests\.)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
      "a resource with its domain, such as example.org/gpu",
    ),
  },
  "config/v1.ExtenderTLSConfig": { caData: pemCertificates, certData: pemCertificates, keyData: pemKey },
  "config/v1.DefaultPreemptionArgs": { minCandidateNodesPercentage: is.percent },
  "config/v1.InterPodAffinityArgs": { hardPodAffinityWeight: is.percent },
  "config/v1.ResourceSpec": { weight: is.within(1, 100) },
  "config/v1.UtilizationShapePoint": { utilization: is.percent, score: is.within(0, 10) },
  "core/v1.TopologySpreadConstraint": { maxSkew: is.positive, topologyKey: name },
  "core/v1.PreferredSchedulingTerm": { weight: is.within(1, 100) },
  "api/v1.LoggingConfiguration": logging,
  "api/v1.JSONOptions": { infoBufferSize: bufferSize },
  "api/v1.TextOptions": { infoBufferSize: bufferSize },
  "api/v1.VModuleItem": {
    filePattern: is.matching(/^[^=,]+$/, "a pattern without = and commas"),
    verbosity: is.within(0, 2_147_483_647),
  },
  "api/v1.TracingConfiguration": { samplingRatePerMillion: is.within(0, 1_000_000) },
  "api/v1.PodSecurityDefaults": {
    enforce: podSecurityLevel,
    audit: podSecurityLevel,
    warn: podSecurityLevel,
    "enforce-version": podSecurityVersion,
    "audit-version": podSecurityVersion,
    "warn-version": podSecurityVersion,
  },
  "api/v1.PodSecurityExemptions": { namespaces: dnsLabels, runtimeClasses: dnsLabels, usernames: is.each(name) },
  "audit/v1.PolicyRule": {
    nonResourceURLs: is.each(
      is.matching(/^(\*|\/[^*]*\*?)$/, "a path that begins with /, with * as its last character at most"),
    ),
  },
  "audit/v1.GroupResources": {
    group: is.matching(
      /^(\*|([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)?)$/,
      "a group without its version, such as apps",
    ),
  },
  "eventratelimit/v1alpha1.Limit": { qps: is.positive, burst: is.positive },
  "apiserver/v1.Issuer": issuer,
  "apiserver/v1beta1.Issuer": issuer,
};

/** Go keeps these in as many bits. */
const int32 = is.within(-2_147_483_648, 2_147_483_647);

/** A field's fault; `word` is what the field holds by its type (document-table.ts), whose form has been found good. */
export function wrongFieldValue(
  { minor, type, field }: { readonly minor: number; readonly type: string; readonly field: string },
  word: string,
  value: unknown,
): Fault | undefined {
  if (field === "featureGates") return wrongGate(minor, value);
  if (field === "showHiddenMetricsForVersion") return previousMinor(minor)(value);
  const fields = ownValue(types, type);
  const domain = ownValue(fields, field);
  if (word === "int32" && int32(value) !== undefined) return int32(value);
  if (domain !== undefined) return domain(value);
  if (word === "int" || word === "int32") return is.notNegative(value);
  return word === "duration" ? is.lasting()(value) : undefined;
}
