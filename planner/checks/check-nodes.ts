// Labels, annotations, roles and taints of nodes: what Kubernetes would refuse later, on the host.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Finding, Path } from "#shared/schema/finding.ts";

const name = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const domain = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const value = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** What the kubelet says of itself, and keeps saying. */
const kubeletsOwn = new Set(["kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os"]);

type Marks = Pick<ClusterConfig["kubelets"][string], "labels" | "annotations" | "taints">;

export function checkNodes({ kubelets }: ClusterConfig): readonly Finding[] {
  return Object.entries(kubelets).flatMap(([pool, section]) => [
    ...checkMarks(["kubelets", pool], section),
    ...Object.entries(section.overrides).flatMap(([host, override]) =>
      checkMarks(["kubelets", pool, "overrides", host], override),
    ),
  ]);
}

function checkMarks(path: Path, { labels = {}, annotations = {}, taints = [] }: Marks): readonly Finding[] {
  return [
    ...Object.entries(labels).flatMap(([key, text = ""]) => [
      ...checkKey([...path, "labels", key], key, "label"),
      ...(value.test(text)
        ? []
        : [{ path: [...path, "labels", key], problem: "this cannot be a label's value", hint: rules }]),
      ...(kubeletsOwn.has(key)
        ? [{ path: [...path, "labels", key], at: "key" as const, problem: `the kubelet sets ${key} itself` }]
        : []),
    ]),
    ...Object.keys(annotations).flatMap((key) => checkKey([...path, "annotations", key], key, "annotation")),
    ...taints.flatMap(({ key, value: text = "" }, index) => [
      ...checkKey([...path, "taints", index, "key"], key, "taint"),
      ...(value.test(text)
        ? []
        : [{ path: [...path, "taints", index, "value"], problem: "this cannot be a taint's value", hint: rules }]),
    ]),
  ];
}

const rules = "letters, digits, dashes, underscores and dots, at most 63, beginning and ending with a letter or digit";

function checkKey(path: Path, key: string, what: string): readonly Finding[] {
  const parts = key.split("/");
  const last = parts.at(-1) ?? "";
  const first = parts.length === 2 ? (parts[0] ?? "") : "domain";
  if (first === "flexkube.io")
    return [{ path, at: "key", problem: "keys of flexkube.io are kept for flexkube itself" }];
  if (parts.length <= 2 && name.test(last) && first.length <= 253 && domain.test(first)) return [];
  return [
    {
      path,
      at: "key",
      problem: `${key} cannot be the key of ${what === "annotation" ? "an" : "a"} ${what}`,
      hint: `[domain/]name: ${rules}`,
    },
  ];
}
