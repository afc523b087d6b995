// Places of the components in a host's start order, with gaps for later ones.

export const rank = {
  etcd: 100,
  apiLoadBalancer: 200,
  controlPlane: 300,
  kubelet: 500,
  container: 600,
} as const;
