// kube-apiserver: flags that name files and ports, and a probe that asks nothing of other hosts. Policy is the config's.
import type { DesiredContainer } from "#shared/state/desired.ts";
import { etcdContainerName } from "#shared/components/etcd.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { restoreId } from "#shared/backup/restore-id.ts";
import type { KubeApiserver } from "#shared/schema/kubernetes/control-plane.ts";
import { assemble } from "#shared/expand/pieces/assemble.ts";
import type { FileDraft } from "#shared/expand/pieces/file-draft.ts";
import { componentTable } from "#shared/components/component-table.ts";
import { resolveProbe } from "#shared/expand/pieces/resolve-probe.ts";
import type { SecretStore } from "#shared/expand/pieces/secret-store.ts";
import { serviceSpec } from "#shared/expand/pieces/service-spec.ts";
import { claim, localAddress } from "#shared/expand/pieces/socket-address.ts";
import { argumentList } from "./argument-list.ts";
import { componentFiles, filesAt, liveFilesAt } from "./component-files.ts";
import { scratch } from "./control-plane-scratch.ts";
import { documentText } from "./document.ts";

const name = "kube-apiserver";
/** Where the audit log is in the container, whatever directory of the host it lies in. */
const auditAt = "/var/log/kube-apiserver";

/** The desired container of this host's API server. */
export function expandKubeApiserver(
  config: KubeApiserver,
  host: Pick<HostConfig, "etcd" | "privateFiles">,
  secrets: SecretStore,
): DesiredContainer {
  const { etcd } = host;
  const { auditLogDirectory: audit, bind, etcdRestore } = config;
  const draft = {
    component: name,
    name,
    rank: componentTable.kubeApiserver.rank,
    dependsOn: etcd === undefined ? [] : [etcdContainerName(etcd.name)],
    spec: serviceSpec({
      config,
      // what it has in memory is of the cluster before
      labels: etcdRestore === undefined ? {} : { "flexkube.etcd-restore": restoreId(etcdRestore) },
      args: argumentList({ ...servingFlags(config), ...documentFlags(config) }, config.args),
      mounts: audit === undefined ? [] : [{ source: audit, target: auditAt, readOnly: false, propagation: "rprivate" }],
      tmpfs: scratch,
      // a file capability of the official program: without it in the bounding set the kernel refuses to start it
      capAdd: ["NET_BIND_SERVICE"],
      stopSignal: "TERM",
    }),
    restart: config.restart,
    resources: config.resources,
    dataDirectories: audit === undefined ? [] : [{ path: audit, mode: 0o700, uid: config.uid, gid: config.gid }],
    files: files(config, host, secrets),
    filesAt,
    liveFilesAt,
    probe: resolveProbe(config.probe, secrets, {
      scheme: "https",
      address: localAddress(bind.address),
      port: bind.port,
      path: "/livez?exclude=etcd",
      ca: config.certificates.ca,
      status: 200,
    }),
    goBack: "always",
    claims: [claim(bind.address, bind.port)],
  } as const;
  return assemble(draft, secrets);
}

function servingFlags({ bind, etcdServers }: KubeApiserver): Readonly<Record<string, string>> {
  return {
    "bind-address": bind.address,
    "secure-port": String(bind.port),
    "tls-cert-file": `${liveFilesAt}/apiserver.crt`,
    "tls-private-key-file": `${liveFilesAt}/apiserver.key`,
    "client-ca-file": `${liveFilesAt}/client-ca.crt`,
    "requestheader-client-ca-file": `${liveFilesAt}/front-proxy-ca.crt`,
    "proxy-client-cert-file": `${liveFilesAt}/front-proxy-client.crt`,
    "proxy-client-key-file": `${liveFilesAt}/front-proxy-client.key`,
    "kubelet-certificate-authority": `${filesAt}/kubelet-ca.crt`,
    "kubelet-client-certificate": `${liveFilesAt}/kubelet-client.crt`,
    "kubelet-client-key": `${liveFilesAt}/kubelet-client.key`,
    "etcd-servers": etcdServers.join(","),
    "etcd-cafile": `${filesAt}/etcd-ca.crt`,
    "etcd-certfile": `${liveFilesAt}/etcd-client.crt`,
    "etcd-keyfile": `${liveFilesAt}/etcd-client.key`,
    "service-account-key-file": `${filesAt}/service-account.pub`,
    "service-account-signing-key-file": `${filesAt}/service-account.key`,
  };
}

/** Flags that name documents, of those the config has. */
function documentFlags(config: KubeApiserver): Readonly<Record<string, string>> {
  const log = config.auditLogDirectory === undefined ? "-" : `${auditAt}/audit.log`;
  return {
    ...(config.authentication && { "authentication-config": `${filesAt}/authentication.json` }),
    ...(config.admission && { "admission-control-config-file": `${filesAt}/admission.json` }),
    ...(config.auditPolicy && { "audit-policy-file": `${filesAt}/audit-policy.json`, "audit-log-path": log }),
    ...(config.encryption && { "encryption-provider-config": `${filesAt}/encryption.yaml` }),
  };
}

/** Which of them the program re-reads, and where that is written: file-table.ts. */
function files(
  config: KubeApiserver,
  host: Pick<HostConfig, "privateFiles">,
  secrets: SecretStore,
): readonly FileDraft[] {
  const make = componentFiles(config, host, secrets);
  const { certificates: names, authentication, admission, auditPolicy, encryption } = config;
  return [
    make.live("apiserver.crt", names.certificate),
    make.live("apiserver.key", names.key, "private"),
    make.live("client-ca.crt", names.ca),
    make.live("front-proxy-ca.crt", names.frontProxyCa),
    make.live("front-proxy-client.crt", names.frontProxyClientCertificate),
    make.live("front-proxy-client.key", names.frontProxyClientKey, "private"),
    make.sealed("kubelet-ca.crt", names.ca),
    make.live("kubelet-client.crt", names.kubeletClientCertificate),
    make.live("kubelet-client.key", names.kubeletClientKey, "private"),
    make.sealed("etcd-ca.crt", names.etcdCa),
    make.live("etcd-client.crt", names.etcdClientCertificate),
    make.live("etcd-client.key", names.etcdClientKey, "private"),
    make.sealed("service-account.pub", names.serviceAccountPublicKey),
    make.sealed("service-account.key", names.serviceAccountKey, "private"),
    ...(authentication === undefined ? [] : [make.text("authentication.json", documentText(authentication))]),
    ...(admission === undefined ? [] : [make.text("admission.json", documentText(admission))]),
    ...(auditPolicy === undefined ? [] : [make.text("audit-policy.json", documentText(auditPolicy))]),
    ...(encryption === undefined ? [] : [make.sealed("encryption.yaml", encryption, "private")]),
  ];
}
