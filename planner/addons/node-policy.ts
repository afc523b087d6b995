// What an agent may change at a Node object: only its own node's, and of that only what flexkube keeps there.
import { renderDocument } from "../split/render-document.ts";

const group = "flexkube:agents";
/** What the agents remember at a node: the keys they keep there. */
const managedAnnotation = "flexkube.io/managed";

const policyName = "flexkube-agents";

/** The policy with the keys of all labels, annotations and taints that agents keep, and its binding. */
export function nodePolicyManifest(nodeKeys: readonly string[]): string {
  const keys = [...new Set([managedAnnotation, ...nodeKeys])].toSorted();
  return [
    renderDocument("Agents change nothing but what flexkube keeps at their own nodes", policy(keys)),
    renderDocument("In force at once", {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: policyName },
      spec: { policyName, validationActions: ["Deny"] },
    }),
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
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: policyName },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["nodes", "nodes/*"] },
        ],
      },
      matchConditions: [{ name: "agents", expression: `"${group}" in request.userInfo.groups` }],
      variables: [
        { name: "keys", expression: JSON.stringify(keys) },
        ...["labels", "annotations"].flatMap((field) => [
          { name: field, expression: orEmpty("object", field) },
          { name: `${field}Before`, expression: orEmpty("oldObject", field) },
        ]),
        { name: "taints", expression: "has(object.spec.taints) ? object.spec.taints : []" },
        { name: "taintsBefore", expression: "has(oldObject.spec.taints) ? oldObject.spec.taints : []" },
      ],
      validations: [
        {
          expression: `request.userInfo.username == "flexkube-agent:" + object.metadata.name`,
          message: "an agent changes its own node only",
        },
        { expression: onlyKeys("labels"), message: "an agent changes only labels that flexkube keeps" },
        { expression: onlyKeys("annotations"), message: "an agent changes only annotations that flexkube keeps" },
        { expression: onlyTaints, message: "an agent changes only taints that flexkube keeps" },
        {
          expression: ["unschedulable", "podCIDR", "podCIDRs", "providerID", "configSource", "externalID"]
            .map((field) => isSame("spec", field))
            .concat(["finalizers", "ownerReferences"].map((field) => isSame("metadata", field)))
            .join(" && "),
          message: "an agent changes nothing else of its node",
        },
      ],
    },
  };
}

function orEmpty(object: string, field: string): string {
  return `has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {}`;
}

/** Every key that came, went or has another value is one of the policy's. */
function onlyKeys(field: string): string {
  const [after, before] = [`variables.${field}`, `variables.${field}Before`];
  return (
    `${after}.all(k, k in variables.keys || (k in ${before} && ${before}[k] == ${after}[k])) && ` +
    `${before}.all(k, k in variables.keys || k in ${after})`
  );
}

const onlyTaints =
  "variables.taints.all(t, t.key in variables.keys || variables.taintsBefore.exists(b, b == t)) && " +
  "variables.taintsBefore.all(b, b.key in variables.keys || variables.taints.exists(t, t == b))";

function isSame(part: string, field: string): string {
  const [after, before] = [`object.${part}.${field}`, `oldObject.${part}.${field}`];
  return `has(${after}) == has(${before}) && (!has(${after}) || ${after} == ${before})`;
}
