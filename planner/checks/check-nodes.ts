// Labels of nodes that the kubelet keeps itself. What Kubernetes would refuse is told of on each host's config.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";

const kubeletsOwn = ["kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os"];

/** Each where it is written: in a pool or in an override. */
export function checkNodes({ kubelets }: ClusterConfig): readonly Finding[] {
  return Object.entries(kubelets).flatMap(([pool, { labels, overrides }]) => [
    ...checkLabels(["kubelets", pool], labels),
    ...Object.entries(overrides).flatMap(([host, override]) =>
      checkLabels(["kubelets", pool, "overrides", host], override.labels),
    ),
  ]);
}

function checkLabels(path: Path, labels: object = {}): readonly Finding[] {
  return kubeletsOwn
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ path: [...path, "labels", key], at: "key", problem: `the kubelet sets ${key} itself` }));
}
