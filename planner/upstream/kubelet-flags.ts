// Flags of the kubelet that stand for a field of its document (cmd/kubelet/app/options/options.go): the same may be written in both.
import { entriesOf } from "./value-domains.ts";

const names = `
  address:address cgroup-root:cgroupRoot cgroups-per-qos:cgroupsPerQOS
  container-log-max-files:containerLogMaxFiles container-log-max-size:containerLogMaxSize
  cpu-cfs-quota-period:cpuCFSQuotaPeriod cpu-manager-policy:cpuManagerPolicy
  cpu-manager-reconcile-period:cpuManagerReconcilePeriod enforce-node-allocatable:enforceNodeAllocatable
  event-burst:eventBurst event-qps:eventRecordQPS eviction-hard:evictionHard
  eviction-max-pod-grace-period:evictionMaxPodGracePeriod eviction-minimum-reclaim:evictionMinimumReclaim
  eviction-soft:evictionSoft eviction-soft-grace-period:evictionSoftGracePeriod hairpin-mode:hairpinMode
  healthz-bind-address:healthzBindAddress healthz-port:healthzPort image-gc-high-threshold:imageGCHighThresholdPercent
  image-gc-low-threshold:imageGCLowThresholdPercent kube-api-burst:kubeAPIBurst kube-api-qps:kubeAPIQPS
  kube-reserved:kubeReserved kube-reserved-cgroup:kubeReservedCgroup max-open-files:maxOpenFiles max-pods:maxPods
  memory-manager-policy:memoryManagerPolicy minimum-image-ttl-duration:imageMinimumGCAge
  node-status-max-images:nodeStatusMaxImages oom-score-adj:oomScoreAdj pod-cidr:podCIDR pod-max-pids:podPidsLimit
  pods-per-core:podsPerCore port:port read-only-port:readOnlyPort registry-burst:registryBurst
  registry-qps:registryPullQPS reserved-cpus:reservedSystemCPUs rotate-server-certificates:serverTLSBootstrap
  runonce:runOnce serialize-image-pulls:serializeImagePulls system-cgroups:systemCgroups
  system-reserved:systemReserved system-reserved-cgroup:systemReservedCgroup tls-cipher-suites:tlsCipherSuites
  tls-min-version:tlsMinVersion topology-manager-policy:topologyManagerPolicy
  topology-manager-scope:topologyManagerScope`;

const fields: ReadonlyMap<string, string> = new Map(
  names
    .trim()
    .split(/\s+/)
    .map((pair) => pair.split(":"))
    .flatMap(([flag = "", field = ""]) => (field === "" ? [] : [[flag, field] as const])),
);

export function fieldOfFlag(flag: string): string | undefined {
  return fields.get(flag);
}

const maps = new Set(["evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionMinimumReclaim"]);

type FromFlag = { readonly flag: string; readonly value: unknown };

/** What the flags say, as the document would. */
export function fieldsOfFlags(
  args: Readonly<Record<string, string | readonly string[]>>,
): ReadonlyMap<string, FromFlag> {
  return new Map(
    Object.entries(args).flatMap(([flag, value]) => {
      const field = fields.get(flag);
      const text = [value].flat().join(",");
      return field === undefined ? [] : [[field, { flag, value: valueOf(field, text) }] as const];
    }),
  );
}

function valueOf(field: string, text: string): unknown {
  if (field === "enforceNodeAllocatable") return text.split(",").filter((word) => word !== "");
  if (maps.has(field)) return Object.fromEntries(entriesOf(text));
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  return /^[+-]?[0-9]+$/.test(text) && field !== "reservedSystemCPUs" ? Number(text) : text;
}
