// Computed defaults: what the schema cannot say because it depends on other fields or names a version of a program.
import { cipherSuites } from "./kubernetes/cipher-suites.ts";

/** Images that are used where the cluster config names none. Tested together with this version of flexkube. */
export const defaultImages = {
  etcdRepository: "quay.io/coreos/etcd",
  etcdVersion: "3.6.16",
  haproxy: "haproxy:3.2-alpine",
  helm: "alpine/helm:4.3.1",
} as const;

/** The CNI reference plug-ins, as somebody publishes them in an image with a shell. */
export const cniPluginsDefaults = {
  pluginsImage: "rancher/hardened-cni-plugins:v1.9.1-build20260717",
  pluginsAt: "/opt/cni/bin",
} as const;

/** Ports of a load balancer: beside 6443, which an API server on the same host takes. */
export const loadBalancerDefaults = {
  bind: { address: "127.0.0.1", port: 7443 },
  ops: { address: "127.0.0.1", port: 7080 },
} as const;

/**
 * Processes and threads of a container: many times what the program needs, and far less than a host has. A kubelet has
 * none: what it starts for pods is counted there too.
 */
export const pidsLimit = { resources: { pids: 8192 } } as const;

/** etcd replays its log and may fetch a snapshot before it answers. */
export const etcdDefaults = {
  dataDirectory: "/var/lib/etcd",
  cipherSuites: [...cipherSuites],
  ...pidsLimit,
  probe: { deadline: "120s" },
};

/** Rotation options are those of Docker's own file drivers; other drivers refuse them. */
export function logDefaults(driver: unknown): {
  readonly log?: { readonly options: Readonly<Record<string, string>> };
} {
  return driver === undefined || driver === "json-file" || driver === "local" ? {} : { log: { options: {} } };
}
