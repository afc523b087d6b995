// What the planner remembers of etcd's members, from a split or from the host configs that were given out.
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import { ownValue } from "#shared/own-value.ts";
import type { Cluster } from "./cluster.ts";
import { etcdMember } from "./etcd-member.ts";
import { etcdDefaults } from "./defaults.ts";
import { etcdVersionOf, tagOf, versionText } from "./versions/etcd-version.ts";

/**
 * The state that a split of this cluster leaves behind; undefined when it has no member. A version that an image does not tell stays
 * that of `before`.
 */
export function etcdStateAfter({ config, members }: Cluster, before?: EtcdState): EtcdState | undefined {
  const names = Object.keys(members);
  if (names.length === 0) return undefined;
  const found = names.map((name) => {
    const { address, peerPort, clientPort, version, fields } = etcdMember(config, name);
    const directory = fields["dataDirectory"];
    const dataDirectory = typeof directory === "string" ? directory : etcdDefaults.dataDirectory;
    const said = version === undefined ? ownValue(before?.members ?? {}, name)?.version : versionText(version);
    const known = said === undefined ? {} : { version: said };
    return [name, { address, peerPort, clientPort, dataDirectory, ...known }] as const;
  });
  return { token: config.etcd?.token ?? config.name, members: Object.fromEntries(found) };
}

/** The same as host configs tell it; each member's own word counts more than what others say of it. Undefined without members. */
export function etcdStateIn(configs: readonly HostConfig[]): EtcdState | undefined {
  const sections = configs.flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
  const [first] = sections;
  if (first === undefined) return undefined;
  const own = new Map(
    sections.map(({ name, address, peerPort, clientPort, dataDirectory, image }) => {
      const version = etcdVersionOf(tagOf(image) ?? "");
      const known = version === undefined ? {} : { version: versionText(version) };
      return [name, { address, peerPort, clientPort, dataDirectory, ...known }] as const;
    }),
  );
  return { token: first.token, members: Object.fromEntries([...own].toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}
