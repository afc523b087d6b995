// What each host of a cluster should have, by the last split: its generation, and what its reports are judged by.
import { join } from "node:path";
import { configTextId, reportKey } from "#shared/acknowledgement/report-proof.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { ownValue } from "#shared/own-value.ts";
import { resolveKubernetes } from "#planner/cluster/kubernetes/resolved-kubernetes.ts";
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { Effects } from "#planner/effects.ts";
import type { Wanted, WantedHost } from "#planner/fleet/wanted.ts";
import { seenFileName, seenIn } from "#planner/fleet/seen-reports.ts";
import { headOf, hostFileName } from "#planner/life/host-file.ts";
import type { OpenedCluster } from "#planner/split/prepared-split.ts";
import { parseState, stateFileName } from "#planner/state/planner-state.ts";

type Files = Pick<Effects, "files">;

/** Throws CONFIG_INVALID, PKI_UNREADABLE without a state, PKI_MISMATCH for another cluster's, FILES_UNREADABLE. */
export async function wantedFleet(opened: OpenedCluster, effects: Files): Promise<Wanted> {
  const { loaded, directories } = opened;
  const { config, problems, source } = loaded;
  if (problems.length > 0) throw new FlexkubeError("CONFIG_INVALID", "the cluster config is not valid", { problems });
  const state = await stateOf(opened, effects);
  const seen = await textOf(join(directories.pki, seenFileName), effects);
  const hosts: WantedHost[] = [];
  // one after the other: their files may be gigabytes
  const nodes = resolveKubernetes(config)?.nodes;
  for (const host of Object.keys(config.hosts))
    hosts.push(
      await wantedHost(
        { host, isNode: nodes?.has(host) === true, cluster: config.name, state, out: directories.out },
        effects,
      ),
    );
  return { cluster: config.name, file: source.file, hosts, seen: seenIn(seen) };
}

/** As the last split left it. Throws PKI_UNREADABLE, also where there is none, and PKI_MISMATCH. */
export async function stateOf({ loaded, directories }: OpenedCluster, effects: Files): Promise<PlannerState> {
  const file = join(directories.pki, stateFileName);
  const text = await textOf(file, effects);
  if (text !== undefined) return parseState(text, { file, cluster: loaded.config.name });
  throw new FlexkubeError("PKI_UNREADABLE", "the planner's state is not there", {
    file,
    reason: "run flexkube-planner split first; it finds a lost state again in the host configs",
  });
}

type Place = {
  readonly host: string;
  readonly isNode: boolean;
  readonly cluster: string;
  readonly state: PlannerState;
  readonly out: string;
};

async function wantedHost({ host, isNode, cluster, state, out }: Place, effects: Files): Promise<WantedHost> {
  const text = await textOf(join(out, hostFileName(host)), effects);
  const head = text === undefined ? undefined : headOf(text);
  const given = head?.cluster === cluster ? head.generation : 0;
  const generation = Math.max(ownValue(state.hosts, host)?.generation ?? 0, given);
  if (generation === 0) return { host, isNode, generation: undefined, config: undefined };
  // a file that is older than the state is none to judge by
  if (text === undefined || given !== generation) return { host, isNode, generation, config: undefined };
  const { hashKey } = state;
  return { host, isNode, generation, config: { text: configTextId(text, hashKey), key: reportKey(text, hashKey) } };
}

async function textOf(file: string, { files }: Files): Promise<string | undefined> {
  const found = await files.readFile(file);
  return found === undefined ? undefined : Buffer.from(found.bytes).toString("utf8");
}
