// Cluster configs with Kubernetes as text for tests.

/** Seven lines: three hosts. */
export const threeHosts = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.77.0.11 }
  h2: { address: 10.77.0.12 }
  h3: { address: 10.77.0.13 }
`;

/** Three hosts that are control plane and nodes alike: the smallest config of a cluster that survives a host. */
export const kubernetesCluster = `${threeHosts}kubernetes: { version: 1.36.3 }
etcd: { hosts: [h1, h2, h3] }
controlPlane: { hosts: [h1, h2, h3] }
kubelets:
  all: { hosts: all }
`;

/** One host of the control plane without a kubelet, two workers. */
export const workersCluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  c1: { address: 10.77.0.10 }
  w1: { address: 10.77.0.21 }
  w2: { address: 10.77.0.22 }
kubernetes: { version: 1.36.3 }
etcd: { hosts: c1 }
controlPlane: { hosts: c1 }
kubelets:
  workers: { hosts: [w1, w2] }
`;
