// What `init` writes: a cluster config that is valid as it stands, with comments for what people change first.

export const starterConfig = `# yaml-language-server: $schema=cluster.schema.json
# A cluster for flexkube. Check it with "flexkube-planner validate", then make the host configs with
# "flexkube-planner split". Everything that is not said here has a default that the host configs spell out.
apiVersion: flexkube/v1alpha1
kind: Cluster
# In labels, certificates and etcd's token; it stays the same for the cluster's whole life.
name: demo

# Every host with the address that the other hosts reach it by.
hosts:
  h1: { address: 192.0.2.11 }
  h2: { address: 192.0.2.12 }
  h3: { address: 192.0.2.13 }

# Names for lists of hosts, to be used wherever "hosts:" stands.
# hostGroups:
#   workers: [h2, h3]

# Images, flags and documents of Kubernetes follow this version.
kubernetes: { version: 1.37.2 }

# One etcd member on each of these hosts; the planner makes the certificates and keeps them in pki/.
etcd:
  hosts: [h1, h2, h3]
  version: 3.7.3
  # dataDirectory: /var/lib/etcd
  # extraArgs: [--quota-backend-bytes=8589934592]
  # Fields that differ on a host; maps merge, lists replace.
  # overrides:
  #   h1: { dataDirectory: /mnt/fast/etcd }

# API server, controller manager and scheduler on each of these hosts.
controlPlane:
  hosts: [h1, h2, h3]
  # Further names and addresses that the API is called by.
  # extraSans: [api.example.org]
  # Flags without dashes; those that follow from other fields are refused with the field to use.
  # apiserver: { args: { event-ttl: 2h } }

# Kubelets in pools. By default control-plane hosts are closed to pods when there are other nodes.
kubelets:
  all:
    hosts: all
    # labels: { rack: r1 }
    # KubeletConfiguration, on top of what is chosen for you.
    # config: { maxPods: 200 }

# Networks of pods and Services: they cannot change later. plugin bridge routes between nodes of one layer 2 network.
# network:
#   podCidr: 10.244.0.0/16
#   serviceCidr: 10.96.0.0/16
#   plugin: bridge

# DNS of the cluster; names outside of it are asked of these servers.
# addons:
#   coredns: { forward: [192.0.2.53] }

# Objects of your own, applied after the add-ons, and packed Helm charts.
# manifests:
#   app: { file: app.yaml }
# helmReleases:
#   web: { chart: web-1.0.0.tgz, namespace: web }

# Every host of Kubernetes has a load balancer to the API servers at 127.0.0.1:7443; others are pools by name.
# apiLoadBalancers:
#   main:
#     hosts: all
#     bind: { address: 127.0.0.1, port: 8443 }
#     ops: { port: 8081 }
#     servers:
#       h1: { address: 192.0.2.11, port: 6443 }

# Any other container, one of each group on each of its hosts.
# containers:
#   web:
#     hosts: workers
#     image: nginx:1.29
#     ports:
#       - { hostPort: 8080, containerPort: 80 }
#     files:
#       # mounted at filesAt; a change makes a new container
#       - { path: token, secret: web-token, mode: "0600" }
#     filesAt: /etc/web
#     dependsOn: [etcd]

# A host gets only the secrets that its own containers refer to.
# secrets:
#   web-token: { file: web-token.txt }

# /healthz, /metrics and a page of the host, at 127.0.0.1:8090 of each host; by default an agent listens nowhere.
# agent:
#   listen: { port: 8090 }

# Images for hosts without a registry: archives made by "docker save" in a directory of the host.
# images:
#   directory: /var/lib/images
`;
