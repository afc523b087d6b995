// What flags of Kubernetes' programs may be beyond their type: what the programs of 1.36 check when they start
// (mutants.sampled.kubernetes.test.ts asks them). What several flags must be together is in flag-relations.ts.
import type { Fault } from "#shared/schema/types/domain.ts";
import type { Program } from "#planner/cluster/kubernetes/flag-tables.ts";
import { controllerNames } from "./controller-names.ts";
import { policyOptions, wrongFieldValue } from "./document-domains.ts";
import { wrongGate } from "./feature-gates.ts";
import { kubeletFlags } from "#shared/components/kubelet-flags.ts";
import { previousMinor } from "./previous-minor.ts";
import { ciphers, curves, tlsVersion } from "./tls-words.ts";
import { outsideOfVersion } from "./version-limits.ts";
import * as is from "./value-domains.ts";
import { ownValue } from "#shared/own-value.ts";

type Flags = Readonly<Record<string, is.ValueDomain>>;

const any = (): undefined => undefined;
const header = is.matching(/^[A-Za-z0-9-]+$/, "names of headers with commas between them");
const headers: is.ValueDomain = (value) => (value === "" ? undefined : is.each(header)(value));
const groupVersion = is.oneOf("audit.k8s.io/v1");
const wholeSeconds = is.lasting("1s");
const logSize: is.ValueDomain = (value) => is.quantity()(value);

const versions = is.matching(/^([a-z.]+=)?1\.[0-9]{1,3}(,[a-z.]+=1\.[0-9]{1,3})*$/, "such as kube=1.35");
const uidHeader: is.ValueDomain = (value) =>
  String(value).toLowerCase().split(",").includes("x-remote-uid")
    ? headers(value)
    : { problem: "X-Remote-Uid is not among them", hint: "API servers behind this one know no other" };

/** Of every program. */
const common: Flags = {
  "log-flush-frequency": is.lasting("1ns"),
  "log-json-info-buffer-size": logSize,
  "log-text-info-buffer-size": logSize,
  "logging-format": is.exactly("text", "json"),
  "allow-metric-labels": is.matching(/^[a-zA-Z_:][a-zA-Z0-9_:]*,[a-zA-Z_][a-zA-Z0-9_]*=.+$/s, "METRIC,LABEL=VALUE"),
  "disabled-metrics": (value) =>
    value === "" ? undefined : is.each(is.matching(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "names of metrics"))(value),
  "emulated-version": versions,
  master: is.matching(/^https?:\/\/[^\s/]+$/, "a URL such as https://10.0.0.1:6443"),
  "min-compatibility-version": versions,
  "tls-cipher-suites": ciphers,
  "tls-curve-preferences": curves,
  "tls-min-version": tlsVersion,
  v: is.within(0, 2_147_483_647),
  vmodule: is.matching(/^([^=,]+=[0-9]{1,9}(,[^=,]+=[0-9]{1,9})*)?$/, "pairs such as file=2,other=4"),
};

/** Of the programs of the control plane. */
const serving: Flags = {
  "http2-max-streams-per-connection": is.notNegative,
  "leader-elect-lease-duration": is.lasting("1ns"),
  "leader-elect-renew-deadline": is.lasting("1ns"),
  "leader-elect-resource-lock": is.exactly("leases"),
  "leader-elect-resource-name": is.matching(/^\S+$/, "a name"),
  "leader-elect-resource-namespace": is.matching(/^\S+$/, "a name"),
  "leader-elect-retry-period": is.lasting("1ns"),
  "requestheader-allowed-names": (value) => (value === "" ? undefined : is.each(is.matching(/\S/, "a name"))(value)),
  "requestheader-extra-headers-prefix": headers,
  "requestheader-group-headers": headers,
  "requestheader-uid-headers": uidHeader,
  "requestheader-username-headers": headers,
};

const cors: is.ValueDomain = is.each((value) => {
  const text = String(value);
  const isAnchored = (text.startsWith("^") || text.includes("//")) && text.endsWith("$");
  return isRegularExpression(text) && isAnchored
    ? undefined
    : { problem: `${is.shown(value)} is no pattern of an origin`, hint: "such as ^https://www\\.example\\.org$" };
});

function isRegularExpression(text: string): boolean {
  try {
    return text !== "" && new RegExp(text) instanceof RegExp;
  } catch {
    // whatever the library dislikes, the hint shows a good one
    return false;
  }
}

const audit = (kind: "log" | "webhook"): Flags => ({
  [`audit-${kind}-batch-buffer-size`]: is.positive,
  [`audit-${kind}-batch-max-size`]: is.positive,
  [`audit-${kind}-batch-throttle-burst`]: is.positive,
  [`audit-${kind}-batch-throttle-qps`]: is.within(Number.MIN_VALUE, Number.MAX_VALUE),
  [`audit-${kind}-mode`]: is.oneOf("batch", "blocking", "blocking-strict"),
  [`audit-${kind}-truncate-max-event-size`]: is.positive,
  [`audit-${kind}-version`]: groupVersion,
});

const apiserver: Flags = {
  ...audit("log"),
  ...audit("webhook"),
  "admission-control": () => ({
    problem: "it excludes enable-admission-plugins",
    hint: "use enable-admission-plugins",
  }),
  "apiserver-count": is.positive,
  "audit-log-format": is.oneOf("json", "legacy"),
  "authentication-token-webhook-version": is.oneOf("v1", "v1beta1"),
  "authorization-webhook-version": is.oneOf("v1", "v1beta1"),
  "cors-allowed-origins": cors,
  "endpoint-reconciler-type": is.oneOf("lease", "master-count", "none"),
  "etcd-compaction-interval": any,
  "etcd-servers-overrides": is.each(
    is.matching(
      /^[^/#\s]*\/[^/#\s]+#https?:\/\/[^\s;]+(;https?:\/\/[^\s;]+)*$/,
      "such as /events#https://10.0.0.9:2379",
    ),
  ),
  "goaway-chance": is.within(0, 0.02),
  "kubelet-preferred-address-types": is.each(
    is.exactly("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"),
  ),
  "kubelet-port": is.port,
  "kubelet-read-only-port": is.portOrNone,
  "kubernetes-service-node-port": is.portOrNone,
  "peer-advertise-ip": is.ipAddress,
  "peer-advertise-port": is.port,
  "runtime-config": is.mapOf(
    is.matching(
      /^(api\/(all|alpha|beta|ga)|[a-z0-9.-]+(\/[a-z0-9]+){1,2}|v1)$/,
      "a group and its version, such as batch/v1",
    ),
    is.oneOf("true", "false"),
  ),
  "service-account-jwks-uri": is.matching(/^(https:\/\/[^\s/]+\S*)?$/, "an https URL"),
  "service-account-max-token-expiration": (value) =>
    is.goDuration(String(value)) === 0 ? undefined : is.lasting("1h", "1193046h")(value),
  "storage-backend": is.oneOf("etcd3"),
  "storage-media-type": is.oneOf("application/json", "application/yaml", "application/vnd.kubernetes.protobuf"),
  "strict-transport-security-directives": is.each(
    is.matching(/^(max-age=[0-9]+|includeSubDomains|preload)$/, "max-age=SECONDS, includeSubDomains or preload"),
  ),
  "watch-cache-sizes": is.each(is.matching(/^[^#,\s]+#[0-9]+$/, "such as pods#1000")),
};

const controllerManager: Flags = {
  "attach-detach-reconcile-sync-period": wholeSeconds,
  "cidr-allocator-type": is.exactly("RangeAllocator"),
  "cloud-provider": is.oneOf("external"),
  "cluster-signing-duration": wholeSeconds,
  "endpoint-updates-batch-period": is.lasting(),
  "endpointslice-updates-batch-period": is.lasting(),
  "max-endpoints-per-slice": is.within(1, 1000),
  "mirroring-max-endpoints-per-subset": is.within(1, 1000),
  "mirroring-concurrent-service-endpoint-syncs": is.within(1, 50),
  "concurrent-service-endpoint-syncs": is.within(1, 50),
  "horizontal-pod-autoscaler-tolerance": is.within(0, Number.MAX_VALUE),
  // nought and below: never
  "terminated-pod-gc-threshold": any,
  "unhealthy-zone-threshold": is.within(0, 1),
};

const kubelet: Flags = {
  "cloud-provider": is.oneOf("external"),
  "cpu-manager-policy-options": (value) =>
    value === "" ? { problem: "it is empty", hint: "leave it out" } : policyOptions(value),
  "maximum-dead-containers": any,
  "maximum-dead-containers-per-container": any,
  port: is.port,
  "reserved-memory": is.matching(
    /^[0-9]+:(memory|hugepages-[0-9]+[KMG]i)=[0-9]+[A-Za-z]*([,;]([0-9]+:)?(memory|hugepages-[0-9]+[KMG]i)=[0-9]+[A-Za-z]*)*$/,
    "such as 0:memory=1Gi",
  ),
};

const proxy: Flags = {
  "detect-local-mode": is.oneOf("ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"),
  "iptables-masquerade-bit": is.within(0, 31),
  "oom-score-adj": is.within(-1000, 1000),
};

const programs: Readonly<Record<Program, Flags>> = {
  apiserver: { ...common, ...serving, ...apiserver },
  controllerManager: { ...common, ...serving, ...controllerManager },
  scheduler: { ...common, ...serving, "kube-api-burst": is.positive },
  kubelet: { ...common, ...kubelet },
  proxy: { ...common, ...proxy },
};

/** Of the kubelet's document an empty one is its default; a flag's is none. */
const choices: ReadonlySet<string> = new Set([
  "cpuManagerPolicy",
  "hairpinMode",
  "memoryManagerPolicy",
  "topologyManagerPolicy",
  "topologyManagerScope",
]);

const controllersOf = (minor: number): is.ValueDomain =>
  is.each((value) => {
    const name = String(value).replace(/^-/, "");
    if (name === "*") return undefined;
    const outside = outsideOfVersion("controllers", name, minor);
    return outside === undefined ? is.exactly(...controllerNames)(name) : { problem: `${name}: ${outside}` };
  });

type Flag = { readonly program: Program; readonly minor: number; readonly flag: string; readonly type: string };

/** A value of the flag's type that the program does not take all the same. */
export function wrongFlagDomain({ program, minor, flag, type }: Flag, text: string): Fault | undefined {
  if (flag === "feature-gates") return wrongGate(minor, text);
  if (flag === "controllers") return controllersOf(minor)(text);
  if (flag === "show-hidden-metrics-for-version") return previousMinor(minor)(text);
  const flags = programs[program];
  const domain = ownValue(flags, flag);
  if (domain !== undefined) return domain(text);
  if (program === "controllerManager" && flag.startsWith("concurrent-")) return is.positive(text);
  const field = program === "kubelet" ? kubeletFlags.get(flag)?.field : undefined;
  if (field !== undefined && text === "" && choices.has(field)) return { problem: "it is empty", hint: "leave it out" };
  if (field !== undefined)
    return wrongFieldValue({ minor, type: "config/v1beta1.KubeletConfiguration", field }, type, text);
  if (type === "int" || type === "int32") return is.notNegative(text);
  return type === "duration" ? is.lasting()(text) : undefined;
}
