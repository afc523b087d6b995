// How an API server reaches etcd: the members of this cluster, or servers and certificates of the user's own.
import type { OwnEtcdClientPki } from "#shared/schema/cluster-config.ts";
import type { EtcdRestoreIdentity } from "#shared/schema/words/etcd-restore.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { restoreIdentity } from "#planner/cluster/etcd-restore.ts";
import { ownFile } from "#planner/cluster/layers/own-file.ts";
import { etcdAuthority } from "./etcd-authority.ts";
import type { Fragment, SecretOrigin } from "./fragment.ts";
import { urlOf } from "./api-access.ts";
import { leafCertificates } from "./leaf-certificate.ts";

/** Those of one API server, and what all of them are chosen from. */
type EtcdServers = { readonly servers: readonly string[]; readonly allServers: readonly string[] };

export type EtcdClient = EtcdServers & {
  /** Secret with etcd's CA, where it is not the default. */
  readonly caSecret: string | undefined;
  /** The field that names the restore of this cluster's own etcd; empty without one. */
  readonly restored: { readonly etcdRestore?: EtcdRestoreIdentity };
  /** The field that says that its members come and go; empty where they do not. */
  readonly membership: { readonly etcdMembership?: true };
} & Pick<Fragment, "secrets" | "cas" | "certificates">;

const clientName = "apiserver-etcd-client";
/** Field of `pki.etcdClient` → name of the secret on the host. */
const ownSecretNames = {
  ca: "kubernetes/etcd-ca.crt",
  certificate: `kubernetes/${clientName}.crt`,
  key: `kubernetes/${clientName}.key`,
} as const satisfies Record<keyof OwnEtcdClientPki, string>;

export function etcdClient(cluster: Cluster, host: string): EtcdClient {
  const { config, restore } = cluster;
  const servers = etcdServersOf(cluster, host);
  const isOther = config.controlPlane?.etcdServers !== undefined;
  const restored = restore === undefined || isOther ? {} : { etcdRestore: restoreIdentity(restore) };
  const membership = cluster.membership.isOn && !isOther ? ({ etcdMembership: true } as const) : {};
  const own = config.pki.etcdClient;
  if (own !== undefined)
    return {
      ...servers,
      restored,
      membership,
      caSecret: ownSecretNames.ca,
      secrets: ownSecrets(own, cluster, host),
      cas: [],
      certificates: [],
    };
  const authority = etcdAuthority(config);
  const leaf = leafCertificates(cluster, host, [
    {
      name: clientName,
      ca: authority.id,
      commonName: "kube-apiserver-etcd-client",
      usage: "client",
    },
  ]);
  return {
    ...servers,
    restored,
    membership,
    caSecret: undefined,
    secrets: { "etcd/ca.crt": { from: "ca", id: authority.id }, ...leaf.secrets },
    cas: [authority],
    certificates: leaf.certificates,
  };
}

/**
 * While a restore is open, an API server beside a member is given that one alone: another host whose config is late has a member of the
 * former cluster yet, which takes requests and answers none, and with one of three so an API server needs minutes to start.
 */
function etcdServersOf({ config, members, restore }: Cluster, host: string): EtcdServers {
  const others = config.controlPlane?.etcdServers;
  if (others !== undefined) return { servers: others, allServers: others };
  const urls = new Map(
    Object.entries(members).map(([of, { address, clientPort }]) => [of, urlOf({ address, port: clientPort })]),
  );
  const own = restore?.open === true ? urls.get(host) : undefined;
  const allServers = [...urls.values()];
  return { servers: own === undefined ? allServers : [own], allServers };
}

/** The field of `pki.etcdClient` that a secret of the host comes from, when the user gives it. */
export function ownEtcdClientField(secret: string): keyof OwnEtcdClientPki | undefined {
  const entry = Object.entries(ownSecretNames).find(([, name]) => name === secret);
  // the keys of the table are the keys of the schema's object
  return entry?.[0] as keyof OwnEtcdClientPki | undefined;
}

function ownSecrets(own: OwnEtcdClientPki, { inputs }: Cluster, host: string): Record<string, SecretOrigin> {
  const entries = Object.entries(ownSecretNames).map(([field, name]) => {
    // as above; a file that cannot be read is told of elsewhere, and stops the split
    const value = inputs.get(ownFile(own[field as keyof OwnEtcdClientPki], host)) ?? "";
    return [name, { from: "given", value }] as const;
  });
  return Object.fromEntries(entries);
}
