// What a kubelet's first certificate is good for: to ask for a certificate of its own node while that node does not work.
import { renderDocument } from "#planner/yaml/render-document.ts";
import { groupPolicy, policyBinding } from "./admission-policy.ts";

/** Group of the first certificates; nodes are in another, which this one does not have. */
export const bootstrapGroup = "flexkube:bootstrap";

const policyName = "flexkube-bootstrap";
const nodePrefix = "system:node:";

/** For each node there is: it is another one than the caller's, or it does not work. */
const isOtherOrDown = [
  `params.metadata.name != request.userInfo.username.substring(${nodePrefix.length})`,
  "!has(params.status)",
  "!has(params.status.conditions)",
  `!params.status.conditions.exists(c, c.type == "Ready" && c.status == "True")`,
].join(" || ");

/** The policy, its binding, and the rules that let such a caller in, in that order. */
export const bootstrapManifest = [
  renderDocument(
    "A first certificate is used up once its node works",
    groupPolicy({
      name: policyName,
      group: bootstrapGroup,
      condition: "first",
      paramKind: "Node",
      rule: {
        apiGroups: ["certificates.k8s.io"],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["certificatesigningrequests"],
      },
      validations: [
        {
          expression: isOtherOrDown,
          message:
            "this node works, and its kubelet renews its certificate itself: the first certificate counts again when the node is gone or not Ready",
        },
      ],
    }),
  ),
  renderDocument(
    "Every node is looked at",
    policyBinding(policyName, { selector: {}, parameterNotFoundAction: "Allow" }),
  ),
  bound("Such a caller asks for certificates", "flexkube:bootstrap", "system:node-bootstrapper"),
  bound(
    "The controller manager signs what it asks of its own node",
    "flexkube:bootstrap-own-node",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
  ),
].join("---\n");

function bound(comment: string, name: string, role: string): string {
  return renderDocument(comment, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: bootstrapGroup }],
  });
}
