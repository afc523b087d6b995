// An etcd member of a host config for tests, and the secrets it names.
import type { HostConfigInput } from "./host-config-builder.ts";
import { testCa, testPeerCertificate, testServerCertificate } from "./test-certificates.ts";

type EtcdInput = NonNullable<HostConfigInput["etcd"]>;

/** Member `h1` of three, as people write it. Its secrets are `etcdSecrets()`. */
export function etcdMember(overrides: Partial<EtcdInput> = {}): EtcdInput {
  return {
    name: "h1",
    image: "etcd:3.6.16",
    address: "10.77.0.11",
    dataDirectory: "/var/lib/etcd",
    token: "demo",
    members: { h1: { address: "10.77.0.11" }, h2: { address: "10.77.0.12" }, h3: { address: "10.77.0.13" } },
    ...overrides,
  };
}

/** Every secret that `etcdMember()` names. The keys are no keys. */
export function etcdSecrets(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    "etcd/ca.crt": testCa,
    "etcd/server.crt": testServerCertificate,
    "etcd/server.key": "key of the test server\n",
    "etcd/peer.crt": testPeerCertificate,
    "etcd/peer.key": "key of the test peer\n",
    ...overrides,
  };
}
