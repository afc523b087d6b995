// Who may call pods of kube-system; in force where the network's plug-in knows network policies.

/** Nobody but for DNS and its metrics. Pods on the host's network are not concerned. */
export const networkPoliciesManifest = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: flexkube-default-deny-ingress
  namespace: kube-system
spec:
  podSelector: {}
  policyTypes: [Ingress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: flexkube-dns
  namespace: kube-system
spec:
  podSelector:
    matchLabels:
      k8s-app: kube-dns
  policyTypes: [Ingress]
  ingress:
    - ports:
        - { protocol: UDP, port: 53 }
        - { protocol: TCP, port: 53 }
        - { protocol: TCP, port: 9153 }
`;
