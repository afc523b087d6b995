// Who may read which host's sealed config in the cluster: each agent its own host's, and nothing else.
import { deliveryNamespace } from "#shared/sealed/delivery-secret.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";

/** The namespace, and for each node a Role for its one Secret, bound to its agent. */
export function deliveryManifest(nodes: readonly string[]): string {
  const namespace = renderDocument("Sealed host configs, a Secret for each host (flexkube-planner deliver)", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: deliveryNamespace },
  });
  return [namespace, ...nodes.toSorted().flatMap(rulesOf)].join("---\n");
}

const group = "rbac.authorization.k8s.io";

/** `get` alone: whoever may list or watch by a name may also see it come and go, and the agent asks by itself. */
function rulesOf(node: string): readonly string[] {
  const metadata = { name: `flexkube-agent:${node}`, namespace: deliveryNamespace };
  return [
    renderDocument(`The agent of ${node} reads its own`, {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [node], verbs: ["get"] }],
    }),
    renderDocument(`Bound to it`, {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name: metadata.name },
      subjects: [{ apiGroup: group, kind: "User", name: `flexkube-agent:${node}` }],
    }),
  ];
}
