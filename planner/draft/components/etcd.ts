// etcd: a member with its certificates on each of the section's hosts.
import type { OwnEtcdPki } from "#shared/schema/cluster-config.ts";
import type { RestoreState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { runsOn } from "#planner/cluster/cluster.ts";
import { ownFile } from "#planner/cluster/layers/own-file.ts";
import { etcdSecretNames } from "#planner/draft/fragment/etcd-secrets.ts";
import { etcdAuthority, etcdCa } from "#planner/draft/fragment/etcd-authority.ts";
import { userOf } from "#planner/cluster/users.ts";
import { corruptionCheckOf } from "#planner/cluster/versions/etcd-version.ts";
import type { CertificateRequest } from "#planner/pki/types.ts";
import { backupOf } from "#planner/cluster/etcd-backup.ts";
import { careOf } from "#planner/cluster/etcd-care.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import { memberRestore, restoreIdentity, tokenOf } from "#planner/cluster/etcd-restore.ts";
import type { LayeredMember } from "#planner/cluster/etcd-member.ts";
import type { Fragment, SecretOrigin } from "#planner/draft/fragment/fragment.ts";
import { rolloutOf } from "#planner/draft/fragment/rollout.ts";

/** The member on this host, or undefined. */
export function etcd(cluster: Cluster, host: string): Fragment | undefined {
  if (!runsOn(cluster, "etcd", host)) return undefined;
  const { config, members, membership, bootstrapped, restore } = cluster;
  const member = etcdMember(config, host);
  const backup = backupOf(member.backup, cluster.backups);
  const care = careOf(member, { kept: cluster.care, hasKubernetes: cluster.kubernetes !== undefined });
  const sections = {
    etcd: {
      ...userOf(cluster, "etcd"),
      ...care,
      ...member.fields,
      token: tokenOf(config, restore),
      members,
      ...(membership.isOn ? { membership: { generation: membership.generation } } : {}),
      bootstrap: !bootstrapped,
      corruptionCheck: corruptionCheckOf(member.version),
      ...(backup === undefined ? {} : { backup }),
      ...(restore === undefined ? {} : { restore: memberRestore(restore) }),
      ...(Object.keys(members).length > 1 ? { rollout: rolloutOf(sharedSettings(member, restore)) } : {}),
    },
  };
  const own = config.pki.etcd;
  if (own !== undefined) return { sections, secrets: ownSecrets(own, cluster, host), cas: [], certificates: [] };
  return {
    sections,
    secrets: {
      [etcdSecretNames.ca]: { from: "ca", id: etcdCa },
      [etcdSecretNames.serverCertificate]: { from: "certificate", id: serverId(host) },
      [etcdSecretNames.serverKey]: { from: "key", id: serverId(host) },
      [etcdSecretNames.peerCertificate]: { from: "certificate", id: peerId(host) },
      [etcdSecretNames.peerKey]: { from: "key", id: peerId(host) },
    },
    cas: [etcdAuthority(config)],
    certificates: requests(cluster, host),
  };
}

/** What members have in common: hosts whose settings are the same share a rollout. */
function sharedSettings({ fields, version }: LayeredMember, restore: RestoreState | undefined): object {
  const { name: _name, address: _address, ...common } = { name: "", address: "", ...fields };
  const restored = restore === undefined ? {} : { restore: restoreIdentity(restore) };
  return { ...common, corruptionCheck: corruptionCheckOf(version), ...restored };
}

function ownSecrets(own: OwnEtcdPki, { inputs }: Cluster, host: string): Record<string, SecretOrigin> {
  const secrets: Record<string, SecretOrigin> = {};
  for (const [field, file] of Object.entries(own)) {
    // the keys of the schema's object are the keys of this table
    const name = etcdSecretNames[field as keyof OwnEtcdPki];
    // a file that cannot be read is told of elsewhere, and stops the split
    secrets[name] = { from: "given", value: inputs.get(ownFile(file, host)) ?? "" };
  }
  return secrets;
}

function requests({ config, leafLife }: Cluster, host: string): readonly CertificateRequest[] {
  const address = config.hosts[host]?.address ?? "";
  const { organization } = config.pki;
  const common = {
    ca: etcdCa,
    commonName: host,
    ...(organization === undefined ? {} : { organization }),
    // etcd's own gateway dials the member with the server certificate, so both need both usages
    usages: ["server", "client"],
    ...leafLife,
  } as const;
  return [
    { ...common, id: serverId(host), dnsNames: ["localhost", host], ipAddresses: [address, "127.0.0.1", "::1"] },
    { ...common, id: peerId(host), dnsNames: [host], ipAddresses: [address] },
  ];
}

function serverId(host: string): string {
  return `etcd/${host}-server`;
}

function peerId(host: string): string {
  return `etcd/${host}-peer`;
}
