// etcd's arguments, valid from 3.4 on. Only what must be said: a flag whose default etcd may change is the config's to
// name (extraArgs). Frozen by the golden files.
import { ownMemberName } from "#shared/etcd-members/member-name.ts";
import type { EtcdMember } from "#shared/schema/host-config.ts";
import { socketAddress } from "#shared/expand/pieces/socket-address.ts";

type Options = {
  readonly config: EtcdMember;
  /** Directories in the container. */
  readonly dataAt: string;
  readonly filesAt: string;
  readonly liveFilesAt: string;
};

const corruptionChecks = {
  "experimental-flags": ["--experimental-initial-corrupt-check=true", "--experimental-compact-hash-check-enabled=true"],
  "feature-gates": ["--feature-gates=CompactHashCheck=true,InitialCorruptCheck=true"],
  none: [],
} as const;

const loopback = "127.0.0.1";

/** Arguments that hold for every start of the member; the user's extraArgs come last and win. */
export function etcdArguments({ config, dataAt, filesAt, liveFilesAt }: Options): readonly string[] {
  const client = `https://${socketAddress(config.address, config.clientPort)}`;
  const local = `https://${socketAddress(loopback, config.clientPort)}`;
  const metrics = `http://${socketAddress(config.metricsAddress, config.metricsPort)}`;
  return [
    `--name=${ownMemberName(config)}`,
    `--data-dir=${dataAt}`,
    "--logger=zap",
    `--listen-client-urls=${[...new Set([client, local])].join(",")}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=https://${socketAddress(config.address, config.peerPort)}`,
    `--listen-metrics-urls=${metrics}`,
    "--client-cert-auth=true",
    `--trusted-ca-file=${filesAt}/ca.crt`,
    `--cert-file=${liveFilesAt}/server.crt`,
    `--key-file=${liveFilesAt}/server.key`,
    "--peer-client-cert-auth=true",
    `--peer-trusted-ca-file=${filesAt}/ca.crt`,
    `--peer-cert-file=${liveFilesAt}/peer.crt`,
    `--peer-key-file=${liveFilesAt}/peer.key`,
    ...(config.cipherSuites.length === 0 ? [] : [`--cipher-suites=${config.cipherSuites.join(",")}`]),
    ...corruptionChecks[config.corruptionCheck],
    ...sizeArguments(config),
    ...config.extraArgs,
  ];
}

/** What keeps the data small. */
function sizeArguments({ quotaBackendBytes, compaction, defragmentAtStart }: EtcdMember): readonly string[] {
  const prefix = defragmentAtStart?.flag === "experimental" ? "experimental-" : "";
  return [
    ...(quotaBackendBytes === undefined ? [] : [`--quota-backend-bytes=${quotaBackendBytes}`]),
    ...(compaction === undefined
      ? []
      : [`--auto-compaction-mode=${compaction.mode}`, `--auto-compaction-retention=${compaction.retention}`]),
    ...(defragmentAtStart === undefined
      ? []
      : [`--${prefix}bootstrap-defrag-threshold-megabytes=${defragmentAtStart.megabytes}`]),
  ];
}
