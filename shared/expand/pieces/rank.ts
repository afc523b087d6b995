// Places of the components in a host's start order, with gaps for later ones.

export const rank = {
  etcd: 100,
  apiLoadBalancer: 200,
  kubeApiserver: 300,
  controlPlane: 320,
  podNetwork: 400,
  kubelet: 500,
  kubeProxy: 550,
  container: 600,
} as const;
