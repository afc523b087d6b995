// The secrets of an etcd member by the fields of a user's own PKI.
import type { OwnEtcdPki } from "#shared/schema/cluster-config.ts";

/** Field of the config's own PKI → name of the secret on the host. */
export const etcdSecretNames = {
  ca: "etcd/ca.crt",
  serverCertificate: "etcd/server.crt",
  serverKey: "etcd/server.key",
  peerCertificate: "etcd/peer.crt",
  peerKey: "etcd/peer.key",
} as const satisfies Record<keyof OwnEtcdPki, string>;

/** The field of `pki.etcd` that a secret of the host comes from, when it is one of etcd's. */
export function ownField(secret: string): string | undefined {
  return Object.entries(etcdSecretNames).find(([, name]) => name === secret)?.[0];
}
