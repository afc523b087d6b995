// The start rule of an etcd member for tests.
import type { EtcdStartRule } from "#shared/state/desired.ts";
import { Secret } from "#shared/secret.ts";

/** Rule of member `h1` among `h1`, `h2` and `h3`, which may not found the cluster. */
export function etcdStartRule(overrides: Partial<EtcdStartRule> = {}): EtcdStartRule {
  const url = (host: number, port: number) => `https://10.77.0.1${host}:${port}`;
  return {
    name: "h1",
    peerUrl: url(1, 2380),
    dataDirectory: "/var/lib/etcd",
    initialCluster: [1, 2, 3].map((host) => `h${host}=${url(host, 2380)}`).join(","),
    token: "demo",
    bootstrap: false,
    peers: [2, 3].map((host) => ({ name: `h${host}`, peerUrl: url(host, 2380), clientUrl: url(host, 2379) })),
    tls: { ca: "ca", certificate: "certificate", key: new Secret("key") },
    ...overrides,
  };
}
