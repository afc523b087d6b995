// Who may do what from the first moment on. It is applied with the applier's certificate, which needs no rule until this is there.
import { appliersGroup } from "#planner/cluster/kubernetes/applier-group.ts";

/** Rules for the identities that the planner gives certificates to, and the pod security of kube-system. */
export const rbacManifest = `# kube-system holds add-ons that must reach the host.
apiVersion: v1
kind: Namespace
metadata:
  name: kube-system
  labels:
    pod-security.kubernetes.io/enforce: privileged
---
# Whoever applies the objects of the cluster; first of all, since that certificate leaves system:masters for it.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ${appliersGroup}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: ${appliersGroup}
---
# The API server at the kubelets: logs, exec, port-forward, metrics.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flexkube:kubelet-api-admin
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:kubelet-api-admin
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: User
    name: kube-apiserver-kubelet-client
---
# Kubelets renew their own client certificates.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flexkube:node-certificate-renewal
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: system:nodes
---
# What flexkube-planner kubeconfig makes unless it is told otherwise.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flexkube:admins
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: cluster-admin
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: flexkube:admins
`;

/**
 * Applied after the policy of that name and its binding: without them an agent could change every node. A policy that is
 * new takes a moment to be in force, so the rule comes in a manifest of its own, as late as anything of ours.
 */
export const agentsRbacManifest = `# The agents at their own nodes; the policy flexkube-agents narrows it to these and to what flexkube keeps there.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: flexkube:agents
rules:
  - apiGroups: [""]
    resources: [nodes]
    verbs: [get, list, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flexkube:agents
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: flexkube:agents
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: flexkube:agents
`;
