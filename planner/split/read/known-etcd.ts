// etcd as splits before left it, by the planner's state or else by the host configs that were given out.
import { join } from "node:path";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { EtcdState, PlannerState } from "#shared/schema/planner-state.ts";
import { etcdStateIn, withOlder } from "#planner/cluster/etcd-state-in.ts";
import { headOf } from "#planner/life/host-file.ts";
import type { HostProof } from "#planner/life/host-proof.ts";
import type { Effects } from "#planner/effects.ts";

type Given = {
  readonly out: string;
  readonly proofs: readonly Pick<HostProof, "etcdGeneration">[];
};

/**
 * Host configs of all members are looked at, whether their hosts are still in the cluster config or not, where the state is lost or
 * knows of fewer changes of the members.
 */
export async function knownEtcd(
  { etcd, cluster }: PlannerState,
  { out, proofs }: Given,
  { files }: Pick<Effects, "files">,
): Promise<EtcdState | undefined> {
  const given = Math.max(0, ...proofs.map(({ etcdGeneration = 0 }) => etcdGeneration));
  if (etcd !== undefined && given <= (etcd.generation ?? 0)) return etcd;
  const found: HostConfig[] = [];
  for (const name of await files.list(out)) {
    if (!name.endsWith(".yaml") || name.startsWith(".")) continue;
    const file = await files.readFile(join(out, name));
    const text = file === undefined ? "" : Buffer.from(file.bytes).toString("utf8");
    if (!/^etcd:/m.test(text) || headOf(text)?.cluster !== cluster) continue;
    const parsed = parseHostConfig(text, name.slice(0, -".yaml".length));
    if (parsed.ok) found.push(parsed.value);
  }
  const told = etcdStateIn(found);
  return etcd === undefined || told === undefined ? (told ?? etcd) : withOlder(told, etcd);
}
