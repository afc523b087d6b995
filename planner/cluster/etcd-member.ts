// One etcd member as the layers of the cluster config make it.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import { EtcdMember } from "#shared/schema/host-config.ts";
import { defaultImages, etcdDefaults, logDefaults } from "./defaults.ts";
import type { EtcdVersion } from "./versions/etcd-version.ts";
import { etcdVersionOf, tagOf } from "./versions/etcd-version.ts";
import { mergeLayers } from "./layers/merge-layers.ts";

/** What other members and API servers must know of a member. */
export type EtcdPeer = Pick<EtcdMember, "address" | "peerPort" | "clientPort"> &
  Pick<EtcdMember["members"][string], "incarnation">;

export type LayeredMember = EtcdPeer & {
  readonly image: string;
  /** As the field `version` or else the tag tells; undefined when neither does. */
  readonly version: EtcdVersion | undefined;
  /** The field that tells it. */
  readonly versionField: "version" | "image";
  /** What the cluster config says of backups. */
  readonly backup: Readonly<Record<string, unknown>> | undefined;
  /** What it says of care. */
  readonly care: Readonly<Record<string, unknown>> | undefined;
  /** The merged fields of the host config's section, but for backups and care. */
  readonly fields: Readonly<Record<string, unknown>>;
};

const ports = { clientPort: EtcdMember.shape.clientPort, peerPort: EtcdMember.shape.peerPort };

/** The member on `host`, which must be one of the section's hosts. */
export function etcdMember(config: ClusterConfig, host: string): LayeredMember {
  const {
    hosts: _hosts,
    overrides = {},
    token = config.name,
    membership: _membership,
    ...section
  } = config.etcd ?? { hosts: [] };
  const { version: said, backup, care, ...layered } = mergeLayers(section, overrides[host]);
  const image = imageOf(config, layered["image"], said);
  const log = layered["log"];
  const driver = typeof log === "object" && log !== null && "driver" in log ? log.driver : undefined;
  const fields = mergeLayers(
    { name: host, image, address: config.hosts[host]?.address, token },
    etcdDefaults,
    logDefaults(driver),
    layered,
  );
  return {
    image,
    version: etcdVersionOf(typeof said === "string" ? said : (tagOf(image) ?? "")),
    versionField: said === undefined ? "image" : "version",
    address: config.hosts[host]?.address ?? "",
    clientPort: ports.clientPort.parse(layered["clientPort"]),
    peerPort: ports.peerPort.parse(layered["peerPort"]),
    backup: recordOf(backup),
    care: recordOf(care),
    fields,
  };
}

function imageOf(config: ClusterConfig, image: unknown, version: unknown): string {
  if (typeof image === "string") return image;
  if (config.images.etcd !== undefined) return config.images.etcd;
  const tag = typeof version === "string" ? version.replace(/^v/, "") : defaultImages.etcdVersion;
  return `${defaultImages.etcdRepository}:v${tag}`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}
