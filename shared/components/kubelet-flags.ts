// Flags of the kubelet that stand for a field of its document (AddKubeletConfigFlags of cmd/kubelet/app/options/options.go): the same
// may be written in both, and the flag wins (kubeletConfigFlagPrecedence of cmd/kubelet/app/server.go).
import type { Arguments, KubernetesDocument } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { trueWord } from "#shared/bool-words.ts";

/** How a flag is read: given several times, lists and maps grow, and of the others the last one counts. */
export type FlagKind = "bool" | "int" | "text" | "list" | "map";

const names: Readonly<Record<FlagKind, string>> = {
  bool: `
    cgroups-per-qos:cgroupsPerQOS enable-server:enableServer fail-cgroupv1:failCgroupV1 fail-swap-on:failSwapOn
    protect-kernel-defaults:protectKernelDefaults rotate-server-certificates:serverTLSBootstrap runonce:runOnce
    serialize-image-pulls:serializeImagePulls`,
  int: `
    container-log-max-files:containerLogMaxFiles event-burst:eventBurst event-qps:eventRecordQPS
    eviction-max-pod-grace-period:evictionMaxPodGracePeriod healthz-port:healthzPort
    image-gc-high-threshold:imageGCHighThresholdPercent image-gc-low-threshold:imageGCLowThresholdPercent
    kube-api-burst:kubeAPIBurst kube-api-qps:kubeAPIQPS max-open-files:maxOpenFiles max-pods:maxPods
    node-status-max-images:nodeStatusMaxImages oom-score-adj:oomScoreAdj pod-max-pids:podPidsLimit
    pods-per-core:podsPerCore port:port read-only-port:readOnlyPort registry-burst:registryBurst
    registry-qps:registryPullQPS`,
  text: `
    address:address cgroup-driver:cgroupDriver cgroup-root:cgroupRoot container-log-max-size:containerLogMaxSize
    cpu-cfs-quota-period:cpuCFSQuotaPeriod cpu-manager-policy:cpuManagerPolicy
    cpu-manager-reconcile-period:cpuManagerReconcilePeriod hairpin-mode:hairpinMode
    healthz-bind-address:healthzBindAddress kube-reserved-cgroup:kubeReservedCgroup
    memory-manager-policy:memoryManagerPolicy minimum-image-ttl-duration:imageMinimumGCAge pod-cidr:podCIDR
    reserved-cpus:reservedSystemCPUs resolv-conf:resolvConf system-cgroups:systemCgroups
    system-reserved-cgroup:systemReservedCgroup tls-min-version:tlsMinVersion
    topology-manager-policy:topologyManagerPolicy topology-manager-scope:topologyManagerScope`,
  list: "enforce-node-allocatable:enforceNodeAllocatable tls-cipher-suites:tlsCipherSuites",
  map: `
    eviction-hard:evictionHard eviction-minimum-reclaim:evictionMinimumReclaim eviction-soft:evictionSoft
    eviction-soft-grace-period:evictionSoftGracePeriod kube-reserved:kubeReserved system-reserved:systemReserved`,
};

export type FieldOfFlag = { readonly field: string; readonly kind: FlagKind };

/** Flag → the field that it stands for. */
export const kubeletFlags: ReadonlyMap<string, FieldOfFlag> = new Map(
  (["bool", "int", "text", "list", "map"] as const).flatMap((kind) =>
    names[kind]
      .trim()
      .split(/\s+/)
      .map((pair) => {
        const [flag = "", field = ""] = pair.split(":");
        return [flag, { field, kind }] as const;
      }),
  ),
);

export type FromFlag = { readonly flag: string; readonly value: KubernetesDocument[string] };

/** Field → what flags say of it, as the document would. */
export function fieldsOfFlags(args: Arguments): ReadonlyMap<string, FromFlag> {
  return new Map(
    Object.entries(args).flatMap(([flag, value]) => {
      const known = kubeletFlags.get(flag);
      return known === undefined ? [] : [[known.field, { flag, value: valueOf(known.kind, [value].flat()) }] as const];
    }),
  );
}

/** What is no word of its kind stays a text: the program does not start with it, and checks say so. */
function valueOf(kind: FlagKind, given: readonly string[]): KubernetesDocument[string] {
  const last = given.at(-1) ?? "";
  if (kind === "bool") return trueWord.test(last);
  if (kind === "int") return /^[+-]?[0-9]+$/.test(last) ? Number(last) : last;
  if (kind === "text") return last;
  const all = given.join(",");
  if (kind === "list") return all.split(",").filter((word) => word !== "");
  return Object.fromEntries(pairsIn(all));
}

/** `a=b,c<d` as keys and their texts. */
export function pairsIn(text: string): readonly (readonly [string, string])[] {
  return text
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .map((pair) => {
      const [, key = pair, item = ""] = /^([^=<]*)[=<](.*)$/s.exec(pair) ?? [];
      return [key.trim(), item.trim()] as const;
    });
}
