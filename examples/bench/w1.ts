// Work W1: one host with six containers and 14 files: etcd over TLS, HAProxy, four plain containers. Pure.

/** Numbers that stand in the contents: a higher one is a changed file. */
export type Contents = {
  /** HAProxy's config, taken up on a signal. */
  readonly signal: number;
  /** A file of plain-1 for which its container is restarted. */
  readonly restart: number;
  /** A file of plain-2 that is sealed: its change replaces the container. */
  readonly sealed: number;
};

export const firstContents: Contents = { signal: 1, restart: 1, sealed: 1 };

export const w1Images = { etcd: "etcd35", haproxy: "haproxy", plain: "busybox" } as const;

export type W1Options = {
  /** The host's address. */
  readonly address: string;
  readonly images: { readonly etcd: string; readonly haproxy: string; readonly plain: string };
  readonly contents: Contents;
};

/** Name of the server in HAProxy's config that tells which contents are in force. */
export function serverOf({ signal }: Contents): string {
  return `api-${signal}`;
}

/** The cluster config of the only host `w1`. */
export function w1Cluster({ address, images, contents }: W1Options): string {
  return `# Work W1 of the benchmark: six containers, 14 files.
apiVersion: flexkube/v1alpha1
kind: Cluster
name: w1
hosts:
  w1: { address: ${address} }
images: { etcd: "${images.etcd}", haproxy: "${images.haproxy}" }
etcd: { hosts: w1 }
apiLoadBalancers:
  api:
    hosts: w1
    bind: { address: 127.0.0.1, port: 7443 }
    ops: { port: 7080 }
    servers: { ${serverOf(contents)}: { address: ${address}, port: 6443 } }
containers:
${[1, 2, 3, 4].map((index) => plain(index, images.plain, contents)).join("")}`;
}

/** Ends at once when it is stopped, so that a stop takes as long as the engine needs. */
function plain(index: number, image: string, contents: Contents): string {
  const first = index === 1 ? contents.restart : 1;
  const second = index === 2 ? contents.sealed : 1;
  return `  plain-${index}:
    hosts: w1
    image: "${image}"
    args: [sleep, "100000"]
    networkMode: host
    stopSignal: KILL
    probe: { settle: 100ms, interval: 100ms }
    files:
      - { path: live.conf, content: "contents ${first}\\n", effect: restart }
      - { path: sealed.conf, content: "contents ${second}\\n" }
`;
}

/** A host config with as many plain containers, each with two files. */
export function manyPlain(count: number, image: string): string {
  const containers = Array.from({ length: count }, (_, index) => plain(index + 3, image, firstContents));
  const host = containers.join("").replaceAll("    hosts: w1\n", "");
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: many\nhost: many\ncontainers:\n${host}`;
}

/** A cluster config with as many hosts: etcd on the first five, a load balancer on all. */
export function manyHosts(count: number): string {
  const hosts = Array.from({ length: count }, (_, index) => `  h${index + 1}: { address: ${addressOf(index)} }`);
  const members = Math.min(5, count);
  const servers = Array.from({ length: Math.min(3, count) }, (_, index) => index);
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: many
hosts:
${hosts.join("\n")}
etcd: { hosts: [${Array.from({ length: members }, (_, index) => `h${index + 1}`).join(", ")}] }
apiLoadBalancers:
  api:
    hosts: all
    bind: { address: 127.0.0.1, port: 7443 }
    servers:
${servers.map((index) => `      h${index + 1}: { address: ${addressOf(index)}, port: 6443 }`).join("\n")}
`;
}

/** A cluster config of Kubernetes with three control-plane hosts; all are nodes. */
export function manyNodes(count: number): string {
  const hosts = Array.from({ length: count }, (_, index) => `  h${index + 1}: { address: ${addressOf(index)} }`);
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: many
hosts:
${hosts.join("\n")}
kubernetes: { version: 1.37.2 }
network: { podCidr: 10.128.0.0/9 }
etcd: { hosts: [h1, h2, h3] }
controlPlane: { hosts: [h1, h2, h3] }
kubelets: { all: { hosts: all } }
`;
}

/** A cluster config whose etcd members need two leaf certificates each. */
export function manyMembers(count: number): string {
  const hosts = Array.from({ length: count }, (_, index) => `  h${index + 1}: { address: ${addressOf(index)} }`);
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: many
hosts:
${hosts.join("\n")}
etcd: { hosts: all }
`;
}

function addressOf(index: number): string {
  return `10.${64 + Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}`;
}
