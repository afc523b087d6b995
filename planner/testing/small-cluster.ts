// A small cluster config that uses every section, as text for tests.

/** Three hosts: h1 runs etcd, all run a load balancer, h2 and h3 a container with a secret. */
export const smallCluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.0.0.1 }
  h2: { address: 10.0.0.2 }
  h3: { address: 10.0.0.3 }
hostGroups:
  workers: [h2, h3]
etcd:
  hosts: h1
apiLoadBalancers:
  main:
    hosts: all
    servers:
      h1: { address: 10.0.0.1, port: 6443 }
containers:
  web:
    hosts: workers
    image: nginx:1.29
    files:
      - { path: token, secret: web-token }
secrets:
  web-token: { content: correct horse }
`;
