// Who may keep the disruption lock where it is a Lease: the hosts of the control plane, and no other Lease than that one.

/** Group in the certificates by which agents take the lock. */
export const disruptionGroup = "flexkube:disruption";

/** `create` cannot be narrowed to a name; what is there already it does not change. */
export const disruptionRbacManifest = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: flexkube:disruption
  namespace: kube-system
rules:
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    resourceNames: [flexkube-disruption]
    verbs: [get, update]
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [create]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: flexkube:disruption
  namespace: kube-system
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: flexkube:disruption
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: ${disruptionGroup}
`;
