// What fields of a KubeletConfiguration must be together.
import { isGateOn } from "./feature-gates.ts";
import type { Asked, Relation } from "./relation.ts";
import { int, list, map, needsGate, ns, unless } from "./relation.ts";

/** Of the kubelet, as its own validation says (pkg/kubelet/apis/config/validation). */
export function kubeletFaults(asked: Asked): readonly Relation[] {
  return [...imageFaults(asked), ...shutdownFaults(asked), ...reservationFaults(asked), ...featureFaults(asked)];
}

function imageFaults({ fields }: Asked): readonly Relation[] {
  const [high, low] = [int(fields["imageGCHighThresholdPercent"], 85), int(fields["imageGCLowThresholdPercent"], 80)];
  const oldest = ns(fields["imageMaximumGCAge"], "0s");
  const pulls = int(fields["maxParallelImagePulls"], 1);
  const allowed = list(fields["preloadedImagesVerificationAllowlist"]);
  const named = Object.hasOwn(fields, "imageGCLowThresholdPercent")
    ? "imageGCLowThresholdPercent"
    : "imageGCHighThresholdPercent";
  return [
    ...unless(low < high, [named], `the low threshold of ${low} is not below the high one of ${high}`),
    ...unless(
      oldest === 0 || oldest > ns(fields["imageMinimumGCAge"], "2m"),
      ["imageMaximumGCAge"],
      "it is not longer than imageMinimumGCAge",
      "which is 2m by default",
    ),
    ...unless(
      pulls < 2 || fields["serializeImagePulls"] !== true,
      ["maxParallelImagePulls"],
      "images are pulled one by one",
      "leave serializeImagePulls out",
    ),
    ...unless(
      allowed.length === 0 || fields["imagePullCredentialsVerificationPolicy"] === "NeverVerifyAllowlistedImages",
      ["preloadedImagesVerificationAllowlist"],
      "it is for imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages only",
    ),
  ];
}

function shutdownFaults(asked: Asked): readonly Relation[] {
  const { fields } = asked;
  const [all, critical] = [
    ns(fields["shutdownGracePeriod"], "0s"),
    ns(fields["shutdownGracePeriodCriticalPods"], "0s"),
  ];
  const byPriority = list(fields["shutdownGracePeriodByPodPriority"]);
  return [
    ...unless(
      critical <= all,
      ["shutdownGracePeriodCriticalPods"],
      "it is longer than shutdownGracePeriod, which it is a part of",
    ),
    ...(["shutdownGracePeriod", "shutdownGracePeriodCriticalPods"] as const).flatMap((field) =>
      unless(ns(fields[field], "0s") === 0 || ns(fields[field], "0s") >= 1e9, [field], "it is shorter than a second"),
    ),
    ...unless(
      byPriority.length === 0 || (all === 0 && critical === 0),
      ["shutdownGracePeriodByPodPriority"],
      "it cannot stand beside shutdownGracePeriod",
    ),
    ...(all > 0 || critical > 0 ? needsGate(asked, ["shutdownGracePeriod"], "GracefulNodeShutdown") : []),
    ...(byPriority.length > 0
      ? needsGate(asked, ["shutdownGracePeriodByPodPriority"], "GracefulNodeShutdownBasedOnPodPriority")
      : []),
  ];
}

function reservationFaults({ fields }: Asked): readonly Relation[] {
  const enforced = list(fields["enforceNodeAllocatable"]).map(String);
  const at = ["enforceNodeAllocatable"];
  const groups = (["system", "kube"] as const).flatMap((owner) => [
    ...unless(
      !enforced.some((word) => word.startsWith(`${owner}-reserved`)) || (fields[`${owner}ReservedCgroup`] ?? "") !== "",
      at,
      `${owner}-reserved needs ${owner}ReservedCgroup`,
    ),
    ...unless(
      !(enforced.includes(`${owner}-reserved`) && enforced.includes(`${owner}-reserved-compressible`)),
      at,
      `${owner}-reserved and ${owner}-reserved-compressible exclude each other`,
    ),
    ...unless(
      (fields["reservedSystemCPUs"] ?? "") === "" || (fields[`${owner}ReservedCgroup`] ?? "") === "",
      ["reservedSystemCPUs"],
      `it cannot stand beside ${owner}ReservedCgroup`,
    ),
  ]);
  const soft = Object.keys(map(fields["evictionSoft"])).find(
    (signal) => !Object.hasOwn(map(fields["evictionSoftGracePeriod"]), signal),
  );
  return [
    ...groups,
    ...unless(!(enforced.includes("none") && enforced.length > 1), at, "none stands alone"),
    ...unless(
      fields["cgroupsPerQOS"] !== false || enforced.every((word) => word === "none") === enforced.length > 0,
      ["cgroupsPerQOS"],
      "without it nothing can be enforced",
      "set enforceNodeAllocatable: [none]",
    ),
    ...unless(soft === undefined, ["evictionSoft", soft ?? ""], "it has no evictionSoftGracePeriod"),
    ...unless(
      (fields["systemCgroups"] ?? "") === "" || (fields["cgroupRoot"] ?? "") !== "",
      ["systemCgroups"],
      "it needs cgroupRoot",
    ),
  ];
}

function featureFaults(asked: Asked): readonly Relation[] {
  const { fields, gates, minor } = asked;
  const backOff = map(fields["crashLoopBackOff"])["maxContainerRestartPeriod"];
  const isOn = (gate: string): boolean => isGateOn(minor, gates, gate);
  return [
    ...(backOff === undefined
      ? []
      : needsGate(asked, ["crashLoopBackOff", "maxContainerRestartPeriod"], "KubeletCrashLoopBackOffMax")),
    ...(fields["serverTLSBootstrap"] === true
      ? needsGate(asked, ["serverTLSBootstrap"], "RotateKubeletServerCertificate")
      : []),
    ...(fields["enableSystemLogQuery"] === true ? needsGate(asked, ["enableSystemLogQuery"], "NodeLogQuery") : []),
    ...unless(
      fields["enableSystemLogQuery"] !== true || fields["enableSystemLogHandler"] !== false,
      ["enableSystemLogQuery"],
      "it needs enableSystemLogHandler",
    ),
    ...unless(
      fields["memoryReservationPolicy"] !== "TieredReservation" || isOn("MemoryQoS"),
      ["memoryReservationPolicy"],
      "it needs the feature gate MemoryQoS",
    ),
    ...(Object.hasOwn(fields, "cpuCFSQuotaPeriod") && ns(fields["cpuCFSQuotaPeriod"], "100ms") !== 1e8
      ? needsGate(asked, ["cpuCFSQuotaPeriod"], "CustomCPUCFSQuotaPeriod")
      : []),
    ...(Object.hasOwn(map(fields["tracing"]), "endpoint") || Object.hasOwn(fields, "tracing")
      ? needsGate(asked, ["tracing"], "KubeletTracing")
      : []),
  ];
}
