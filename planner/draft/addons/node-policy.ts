// What an agent may change at a Node object: its own node's, and of that only towards what the cluster config says of it.
import { managedAnnotation } from "#shared/schema/managed-annotation.ts";
import { deliveredAnnotation } from "#shared/acknowledgement/acknowledgement.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import type { NodeMarks } from "#planner/cluster/kubernetes/node-pool.ts";
import { groupPolicy, policyBinding } from "./admission-policy.ts";
import { tokenExpressions, wantedExpression, wantedMarks } from "./node-marks.ts";

const group = "flexkube:agents";
/** What the agents remember at a node: the keys they keep there. Nobody else reads it, so its value is theirs. */

const policyName = "flexkube-agents";
const marksName = { name: "flexkube-node-marks", namespace: "kube-system" } as const;

export type NodePolicy = {
  /** Keys of all labels, annotations and taints that agents keep or have kept: those may be taken away. */
  readonly keys: readonly string[];
  /** What each node shall have. */
  readonly marks: ReadonlyMap<string, NodeMarks>;
};

/** What nodes shall have, the policy, and its binding. */
export function nodePolicyManifest({ keys, marks }: NodePolicy): string {
  const known = [...new Set([managedAnnotation, ...keys])].toSorted();
  return [
    renderDocument("What each node shall have; nodes with the same share a list", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: marksName,
      ...wantedMarks(marks),
    }),
    renderDocument("Agents change nothing but towards that, at their own nodes", policy(known)),
    renderDocument("In force at once", policyBinding(policyName, { ...marksName, parameterNotFoundAction: "Deny" })),
  ].join("---\n");
}

/** The keys that a policy made here holds, without the one that every policy has. */
export function nodeKeysOf(manifest: string): readonly string[] {
  const [, list = "[]"] = /^ *- name: keys\n *expression: '(\[.*\])'$/m.exec(manifest) ?? [];
  const keys: unknown = JSON.parse(list.replaceAll("''", "'"));
  if (!Array.isArray(keys)) return [];
  return keys.filter((key): key is string => typeof key === "string" && key !== managedAnnotation);
}

function policy(keys: readonly string[]): object {
  return groupPolicy({
    name: policyName,
    group,
    condition: "agents",
    paramKind: "ConfigMap",
    rule: { apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["nodes", "nodes/*"] },
    variables: [
      { name: "keys", expression: JSON.stringify(keys) },
      { name: "wanted", expression: wantedExpression },
      ...["labels", "annotations"].flatMap((field) => [
        { name: field, expression: orEmpty("object", field) },
        { name: `${field}Before`, expression: orEmpty("oldObject", field) },
      ]),
      { name: "taints", expression: "has(object.spec.taints) ? object.spec.taints : []" },
      { name: "taintsBefore", expression: "has(oldObject.spec.taints) ? oldObject.spec.taints : []" },
    ],
    validations: validations([managedAnnotation, deliveredAnnotation]),
  });
}

/** `own`: annotations whose values are the agent's. */
function validations(own: readonly string[]): readonly object[] {
  const free = own.map((key) => ` || k == "${key}"`).join("");
  return [
    {
      expression: `request.userInfo.username == "flexkube-agent:" + object.metadata.name`,
      message: "an agent changes its own node only",
    },
    { expression: onlyWanted("label"), message: "an agent changes labels only to what the cluster config says" },
    {
      expression: onlyWanted("annotation", free),
      message: "an agent changes annotations only to what the cluster config says",
    },
    { expression: onlyWantedTaints, message: "an agent changes taints only to what the cluster config says" },
    {
      expression: ["unschedulable", "podCIDR", "podCIDRs", "providerID", "configSource", "externalID"]
        .map((field) => isSame("spec", field))
        .concat(["finalizers", "ownerReferences"].map((field) => isSame("metadata", field)))
        .join(" && "),
      message: "an agent changes nothing else of its node",
    },
  ];
}

function orEmpty(object: string, field: string): string {
  return `has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {}`;
}

/** What came or has another value is wanted so; what went was kept once and is not wanted. */
function onlyWanted(kind: "label" | "annotation", free = ""): string {
  const [after, before] = [`variables.${kind}s`, `variables.${kind}sBefore`];
  return (
    `${after}.all(k, (k in ${before} && ${before}[k] == ${after}[k])${free} || ` +
    `(${tokenExpressions.entry(kind, "k", `${after}[k]`)}) in variables.wanted) && ` +
    `${before}.all(k, k in ${after} || ` +
    `(k in variables.keys && !variables.wanted.exists(w, w.startsWith("${kind}:" + k + "="))))`
  );
}

/** A taint is known by key and effect: one whose value drifted goes, and the wanted one comes. */
const onlyWantedTaints =
  `variables.taints.all(t, variables.taintsBefore.exists(b, b == t) || ` +
  `(${tokenExpressions.taint("t")}) in variables.wanted) && ` +
  `variables.taintsBefore.all(b, variables.taints.exists(t, t == b) || ` +
  `(b.key in variables.keys && !((${tokenExpressions.taint("b")}) in variables.wanted)))`;

function isSame(part: string, field: string): string {
  const [after, before] = [`object.${part}.${field}`, `oldObject.${part}.${field}`];
  return `has(${after}) == has(${before}) && (!has(${after}) || ${after} == ${before})`;
}
