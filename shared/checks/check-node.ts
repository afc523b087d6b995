// Labels, annotations and taints that the Kubernetes API would refuse, told before they reach a host.
import { managedAnnotation } from "#shared/schema/managed-annotation.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const prefix = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const value = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const keyHint = "a name of at most 63 letters, digits, -, _ and ., after an optional domain and /";
const valueHint = "at most 63 letters, digits, -, _ and .";

/** Problems of the section `node`. */
export function checkNode({ node }: HostConfig): readonly Finding[] {
  if (node === undefined) return [];
  return [
    ...Object.entries(node.labels).flatMap(([key, text]) => [
      ...keyProblem(key, ["node", "labels", key]),
      ...valueProblem(text, ["node", "labels", key]),
    ]),
    ...Object.keys(node.annotations).flatMap((key) => keyProblem(key, ["node", "annotations", key])),
    ...node.taints.flatMap(({ key, value: text }, index) => [
      ...keyProblem(key, ["node", "taints", index, "key"]),
      ...valueProblem(text ?? "", ["node", "taints", index, "value"]),
    ]),
    ...node.taints.flatMap(({ key, effect }, index) =>
      node.taints.findIndex((other) => other.key === key && other.effect === effect) === index
        ? []
        : [{ path: ["node", "taints", index], problem: `the taint ${key}:${effect} is there twice` }],
    ),
  ];
}

function keyProblem(key: string, path: Path): readonly Finding[] {
  if (key === managedAnnotation)
    return [{ path, at: "key", problem: "flexkube keeps its own notes under this annotation" }];
  const slash = key.indexOf("/");
  const isGood = name.test(key.slice(slash + 1)) && (slash < 0 || prefix.test(key.slice(0, slash)));
  return isGood ? [] : [{ path, at: "key", problem: `not a name of Kubernetes: ${key}`, hint: keyHint }];
}

function valueProblem(text: string, path: Path): readonly Finding[] {
  return value.test(text) ? [] : [{ path, problem: `not a value of Kubernetes: ${text}`, hint: valueHint }];
}
