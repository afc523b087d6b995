// The user's own secrets: which names they may have, and their values.
import { hashKeyName } from "#shared/expand/pieces/secret-store.ts";
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Cluster } from "./cluster.ts";
import { ownValue } from "#shared/own-value.ts";

const reservedPrefixes = ["etcd/", "api-load-balancer/", "kubernetes/"];

/** Not all below delivery/: users have names of their own there. */
const sealing: ReadonlySet<string> = new Set(["delivery/signer.pub", "delivery/host.key"]);

/** Whether the planner makes secrets of this name itself, now or in later versions. */
export function isReservedSecret(name: string): boolean {
  return name === hashKeyName || sealing.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

/** The value, from the config or from the file it names; "" while that file cannot be read; undefined for no secret. */
export function userSecret({ config, inputs }: Cluster, name: string): string | undefined {
  const source = secretSource(config, name);
  if (source === undefined) return undefined;
  return source.content ?? inputs.get(source.file ?? "") ?? "";
}

function secretSource(config: ClusterConfig, name: string): ClusterConfig["secrets"][string] | undefined {
  return ownValue(config.secrets, name);
}
