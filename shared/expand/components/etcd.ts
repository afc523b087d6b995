// etcd member. Its `initial-*` arguments are not made here but when the container is created (etcd-start.ts).
import { posix } from "node:path";
import { etcdClusterId, restoreId } from "#shared/backup/restore-id.ts";
import { memberDirectory, memberName, ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { DesiredContainer, DesiredDirectory, EtcdRestoreRule, EtcdStartRule } from "#shared/state/desired.ts";
import type { HttpProbe } from "#shared/schema/words/words.ts";
import type { EtcdMember } from "#shared/schema/host-config.ts";
import type { EtcdRestore } from "#shared/schema/words/etcd-restore.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { serviceSpec } from "#shared/expand/pieces/service-spec.ts";
import { claim, localAddress, socketAddress } from "#shared/expand/pieces/socket-address.ts";
import { sortedBy } from "#shared/expand/pieces/sorted-by.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";
import { etcdArguments } from "./etcd-arguments.ts";

/** Where the CA is in the container. */
export const filesAt = "/etc/flexkube/files";
/** Where certificates and keys are in the container. */
export const liveFilesAt = "/etc/flexkube/live";
/** Where the data is in the container, whatever directory of the host it lies in. */
const dataAt = "/var/lib/etcd";
const loopback = "127.0.0.1";

/** The desired container of this host's member. */
export function expandEtcd(config: EtcdMember, secrets: SecretStore): DesiredContainer {
  const draft = {
    component: "etcd",
    name: `etcd-${config.name}`,
    rank: componentTable.etcd.rank,
    dependsOn: [],
    spec: serviceSpec({
      config,
      args: etcdArguments({ config, dataAt, filesAt, liveFilesAt }),
      mounts: [{ source: memberDirectory(config), target: dataAt, readOnly: false, propagation: "rprivate" }],
      tmpfs: {},
      capAdd: [],
      stopSignal: "TERM",
    }),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: dataDirectories(config),
    files: files(config, secrets),
    filesAt,
    liveFilesAt,
    probe: resolveProbe(config.probe, secrets, localHealth(config)),
    goBack: "same-minor",
    etcd: startRule(config, secrets),
    claims: [
      claim(config.address, config.clientPort),
      claim(loopback, config.clientPort),
      claim(config.address, config.peerPort),
      claim(config.metricsAddress, config.metricsPort),
    ],
  } as const;
  return assemble(draft, secrets);
}

/** That of a later incarnation lies in the one of the config, with what is left of those before. */
function dataDirectories(config: EtcdMember): readonly DesiredDirectory[] {
  const owned = { mode: 0o700, uid: config.uid, gid: config.gid };
  return [...new Set([config.dataDirectory, memberDirectory(config)])].map((path) => ({ path, ...owned }));
}

/** Health of this member alone, which does not depend on a quorum. */
function localHealth(config: EtcdMember): HttpProbe {
  return {
    scheme: "http",
    address: localAddress(config.metricsAddress),
    port: config.metricsPort,
    path: "/health?serializable=true",
    status: 200,
  };
}

/** The CA is read at start, certificates and keys at every handshake, see file-table.ts. */
function files(config: EtcdMember, secrets: SecretStore): readonly FileDraft[] {
  const { certificates, uid, gid } = config;
  const owned = { uid, gid, takeOver: false };
  const certificate = { ...owned, mode: 0o644, effect: "none" } as const;
  const key = { ...owned, mode: 0o600, effect: "none" } as const;
  return [
    { ...owned, mode: 0o644, effect: "replace", path: "ca.crt", content: secrets.get(certificates.ca) },
    { ...certificate, path: "server.crt", content: secrets.get(certificates.serverCertificate) },
    { ...key, path: "server.key", content: secrets.get(certificates.serverKey) },
    { ...certificate, path: "peer.crt", content: secrets.get(certificates.peerCertificate) },
    { ...key, path: "peer.key", content: secrets.get(certificates.peerKey) },
  ];
}

/** Where the snapshot of a restore may be put by whoever delivers the host config. */
export const restoreDirectory = "/var/lib/flexkube/restore";

function startRule(config: EtcdMember, secrets: SecretStore): EtcdStartRule {
  const own = ownMemberName(config);
  const members = membersOf(config);
  return {
    name: own,
    peerUrl: url(config.address, config.peerPort),
    dataDirectory: memberDirectory(config),
    initialCluster: members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(","),
    token: config.token,
    bootstrap: config.bootstrap,
    peers: members.filter((member) => member.name !== own),
    tls: peerTls(config, secrets),
    ...(config.restore === undefined ? {} : { restore: restoreRule(config, config.restore) }),
    ...(config.membership === undefined ? {} : { changesItself: true }),
  };
}

/** All members by the names that etcd knows, sorted, with their URLs. */
export function membersOf({ members }: Pick<EtcdMember, "members">): EtcdStartRule["peers"] {
  const named = sortedEntries(members).map(([name, member]) => ({ name: memberName(name, member), ...urlsOf(member) }));
  return sortedBy(named, ({ name }) => name);
}

/** What the agent shows when it asks members. */
export function peerTls(
  { certificates }: Pick<EtcdMember, "certificates">,
  secrets: SecretStore,
): EtcdStartRule["tls"] {
  return {
    ca: secrets.get(certificates.ca).reveal(),
    certificate: secrets.get(certificates.peerCertificate).reveal(),
    key: secrets.get(certificates.peerKey),
  };
}

function restoreRule({ token, members, backup, entrypoint }: EtcdMember, restore: EtcdRestore): EtcdRestoreRule {
  const { number, sha256, clusterId, open, lost } = restore;
  return {
    id: restoreId(restore),
    number,
    sha256,
    clusterId,
    ownClusterId: restoredClusterId(token, Object.values(members)),
    open,
    lost: sortedBy(
      lost.map((member) => ({ name: member.name, ...urlsOf(member) })),
      ({ name, peerUrl }) => `${name} ${peerUrl}`,
    ),
    directories: [...(backup === undefined ? [] : [backup.directory]), restoreDirectory],
    etcdutl: programBeside(entrypoint, "etcdutl"),
  };
}

/** etcd's id of the cluster that begins with this token and these members. */
export function restoredClusterId(
  token: string,
  members: readonly Pick<EtcdMember["members"][string], "address" | "peerPort">[],
): string {
  return etcdClusterId(
    token,
    members.map(({ address, peerPort }) => url(address, peerPort)),
  );
}

/** Images have all of etcd's programs in one directory. */
export function programBeside([etcd = ""]: readonly string[], name: string): string {
  const directory = posix.dirname(etcd);
  return directory === "." ? name : `${directory}/${name}`;
}

function urlsOf(member: Omit<EtcdMember["members"][string], "name">): { peerUrl: string; clientUrl: string } {
  return { peerUrl: url(member.address, member.peerPort), clientUrl: url(member.address, member.clientPort) };
}

function url(address: string, port: number): string {
  return `https://${socketAddress(address, port)}`;
}
