// A split for flexkube_cluster: all that it comes to before anything is written, as data.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import { renderHost } from "#planner/life/host-file.ts";
import { timeText } from "#planner/pki/certificate.ts";
import type { PreparedSplit } from "#planner/split/prepared-split.ts";
import { foundingLine } from "#planner/split/report/report-split.ts";
import { previewHost } from "#planner/split/report/preview-host.ts";
import { goneText } from "#planner/split/report/report-gone.ts";
import { openCluster, prepareSplit } from "#planner/split/run/prepare-split.ts";
import { writeSplit } from "#planner/split/run/write-split.ts";
import type { SplitOptions } from "#planner/split/split-options.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { Tree } from "#planner/terraform/keys/tree.ts";
import type { ClusterResult, HostResult } from "#planner/terraform/resource/cluster-result.ts";
import type { ClusterWish } from "#planner/terraform/resource/cluster-wish.ts";
import type { Ground } from "./open-ground.ts";

export type PreparedCluster = {
  readonly result: Omit<ClusterResult, "kept">;
  readonly hasKubernetes: boolean;
  /** Of what the planner remembered at first; `missing` without it. */
  readonly stateDigest: string;
  readonly warnings: readonly Problem[];
  /** That a cluster is founded, and who has left it: a line each. */
  readonly notices: readonly string[];
  /** Puts it where keys lie. Throws PKI_* and FILES_UNWRITABLE. */
  readonly write: () => Promise<void>;
  /** Of what is in memory, when it is written: without host configs of hosts that left. */
  readonly after: () => Tree | undefined;
};

/** Throws CONFIG_*, PKI_* and FILES_UNREADABLE; writes nothing. */
export async function prepareCluster(ground: Ground, wish: ClusterWish): Promise<PreparedCluster> {
  const { effects, directories, memory } = ground;
  const found = await effects.files.readFile(join(directories.pki, stateFileName));
  const options = optionsOf(ground, wish);
  const opened = await openCluster(options, effects);
  // sealed host configs are written by the planner's own command alone
  const prepared = { ...(await prepareSplit(opened, options, effects)), sealed: undefined };
  const { cluster, pki, warnings } = prepared;
  const isCertain = pki.changes.length === 0 && prepared.founding === undefined && found !== undefined;
  const names = new Set(prepared.hosts.map(({ host }) => host));
  return {
    result: {
      id: cluster.config.name,
      isCertain,
      hosts: hostResults(prepared, effects.clock.now()),
      pkiChanges: pki.changes.map(({ id, cause }) => `${id}: ${cause}`),
      cas: casOf(prepared),
      renewal: pki.dates === undefined ? undefined : timeText(pki.dates.renewal),
    },
    hasKubernetes: cluster.kubernetes !== undefined,
    stateDigest: found === undefined ? "missing" : createHash("sha256").update(found.bytes).digest("hex"),
    warnings,
    notices: noticesOf(prepared, effects.clock.now()),
    write: () => writeSplit(prepared, effects),
    after: () => {
      const now = memory?.now();
      return now && { pki: now.pki, hosts: new Map([...now.hosts].filter(([host]) => names.has(host))) };
    },
  };
}

function optionsOf({ file, directories }: Ground, { bootstrapped }: ClusterWish): SplitOptions {
  const never = {
    verbose: false,
    forceNetwork: false,
    forceVersion: false,
    forceEtcd: false,
    newCluster: false,
    seal: false,
  };
  return { ...never, file, out: directories.hosts, pki: directories.pki, bootstrapped, all: true, json: true };
}

function hostResults({ hosts }: PreparedSplit, now: number): readonly HostResult[] {
  return hosts.map(({ host, change, config, generation, old }) => {
    const isSame = change === "same";
    const lines = isSame ? ["nothing to do"] : previewHost(config, old, now);
    return { host, isSame, isNew: change === "new", text: renderHost(config).join(""), generation, lines };
  });
}

function casOf({ pki: { cas, changes } }: PreparedSplit): ClusterResult["cas"] {
  const made = new Set(changes.map(({ id }) => id));
  return [...cas].map(([id, { certificate }]) => ({ id, certificate, isNew: made.has(`${id}/ca`) }));
}

function noticesOf(prepared: PreparedSplit, now: number): readonly string[] {
  const founding = foundingLine(prepared).trimEnd();
  const gone = prepared.gone.map((host) => goneText(host, { out: prepared.directories.out, now }).trimEnd());
  return [...(founding === "" ? [] : [founding]), ...gone.map((text) => text.replace(/^warning: /, ""))];
}
