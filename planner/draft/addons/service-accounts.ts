// The service accounts that pods get unasked, without a token: who asks the API in a pod has an account of its own.

/** Namespaces that Kubernetes makes itself. */
const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

/**
 * They stay when they leave the config: Kubernetes would make others at once, and tokens of the former ones end with them.
 */
export const serviceAccountsManifest = namespaces
  .map(
    (namespace) => `apiVersion: v1
kind: ServiceAccount
metadata:
  name: default
  namespace: ${namespace}
  annotations:
    flexkube.io/prune: "false"
automountServiceAccountToken: false
`,
  )
  .join("---\n");
