// The planner's state when its file is lost: what the host configs that were given out still tell.
import { join } from "node:path";
import { parseHostConfig } from "#shared/schema/parse-host-config.ts";
import { hashKeyName } from "#shared/expand/secret-store.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "../cluster.ts";
import { hostFileName } from "../split/host-file.ts";
import { newState } from "../split/planner-state.ts";
import type { Effects } from "./effects.ts";

const hashKeyBytes = 32;

/**
 * Keeps the digest key, without which every container with files would be replaced, and the word that etcd is up,
 * without which a member that lost its disk might found a second cluster.
 */
export async function recoverState(
  cluster: {
    readonly name: string;
    readonly hosts: readonly string[];
    readonly members: Cluster["members"];
    readonly out: string;
  },
  { files, randomBytes }: Pick<Effects, "files" | "randomBytes">,
): Promise<PlannerState> {
  let hashKey: string | undefined;
  let bootstrapped = false;
  const members = Object.keys(cluster.members);
  const others = cluster.hosts.filter((host) => !members.includes(host)).slice(0, 3);
  for (const host of [...members, ...others]) {
    const found = await files.readFile(join(cluster.out, hostFileName(host)));
    const parsed = found === undefined ? undefined : parseHostConfig(Buffer.from(found.bytes).toString("utf8"), host);
    if (parsed?.ok !== true || parsed.value.cluster !== cluster.name) continue;
    hashKey ??= parsed.value.secrets[hashKeyName];
    bootstrapped ||= parsed.value.etcd?.bootstrap === false;
  }
  return newState(cluster.name, hashKey ?? Buffer.from(randomBytes(hashKeyBytes)).toString("base64"), bootstrapped);
}
