// Splits as they will be: the planner's own, one after the other, with another clock and on a disk whose changes stay in memory.
import { isFlexkubeError } from "#shared/errors.ts";
import { withDetails } from "#shared/reason-of.ts";
import type { Effects } from "#planner/effects.ts";
import type { HostChange } from "#planner/split/place-host.ts";
import type { OpenedCluster, PreparedSplit } from "#planner/split/prepared-split.ts";
import type { SplitOptions } from "#planner/split/split-options.ts";
import { previewPlan } from "#planner/split/report/preview-host.ts";
import { planSummary } from "#planner/split/report/summarize-plan.ts";
import { prepareSplit } from "#planner/split/run/prepare-split.ts";
import { writeSplit } from "#planner/split/run/write-split.ts";
import type { StepKind } from "#shared/state/step.ts";
import { endings } from "./endings.ts";
import type { Acted, Future, Refused, Renewed } from "./future.ts";
import { endOfDay, nextSplit } from "./next-split.ts";
import { overlayDisk } from "./overlay-disk.ts";

export type AheadOptions = SplitOptions & {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Somebody splits and delivers on each day on which something is due. */
  readonly isDelivered: boolean;
};

/** Throws as a split does; one that is refused later is part of what is to come. */
export async function runAhead(opened: OpenedCluster, options: AheadOptions, effects: Effects): Promise<Future> {
  const { until, isDelivered } = options;
  const from = effects.clock.now();
  const prepare = preparer(opened, options, effects);
  const first = await prepare(from);
  const { cluster, pki, hosts } = first.prepared;
  const ahead: Ahead = isDelivered ? await splitsUntil(until, { first, from, prepare }) : { renewed: [], acted: [] };
  return {
    cluster: cluster.config.name,
    from,
    until,
    isDelivered,
    renewed: ahead.renewed,
    acted: ahead.acted,
    ended: endings({ pki, hosts, renewed: ahead.renewed, from, until }),
    refused: ahead.refused,
    kubelets: hosts.flatMap(({ host, config }) => (config.kubelet === undefined ? [] : [host])),
  };
}

type Prepared = { readonly prepared: PreparedSplit; readonly write: () => Promise<void> };
type Prepare = (at: number) => Promise<Prepared>;

function preparer(opened: OpenedCluster, options: AheadOptions, effects: Effects): Prepare {
  const disk = overlayDisk(effects);
  return async (at) => {
    const then = { ...effects, ...disk, clock: { ...effects.clock, now: () => at } };
    // each changed host is compared with what it had
    const prepared = await prepareSplit(opened, { ...options, all: true }, then);
    return { prepared, write: async () => writeSplit(prepared, then) };
  };
}

type Ahead = Pick<Future, "renewed" | "acted"> & { readonly refused?: Refused | undefined };
type Begin = { readonly first: Prepared; readonly from: number; readonly prepare: Prepare };

async function splitsUntil(until: number, { first, from, prepare }: Begin): Promise<Ahead> {
  const renewed: Renewed[] = [];
  const acted: Acted[] = [];
  const isDue = first.prepared.pki.changes.length > 0;
  let at = isDue ? endOfDay(from) : nextSplit(first.prepared.pki, from);
  while (at !== undefined && at <= until) {
    const next = await preparedOrRefused(prepare, at);
    if ("reason" in next) return { renewed, acted, refused: next };
    const { prepared, write } = next;
    renewed.push(...renewedBy(prepared, at));
    acted.push(...actedOn(prepared.hosts, at));
    await write();
    at = nextSplit(prepared.pki, at);
  }
  return { renewed, acted };
}

async function preparedOrRefused(prepare: Prepare, at: number): Promise<Prepared | Refused> {
  try {
    return await prepare(at);
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("PKI_")) throw error;
    return { at, reason: withDetails(error.message, error.details) };
  }
}

function renewedBy({ pki }: PreparedSplit, at: number): readonly Renewed[] {
  return pki.leaves.flatMap(({ request: { id }, given, cause }) =>
    cause === undefined ? [] : [{ at, name: id, host: pki.holders.get(id), cause, ends: given.notAfter }],
  );
}

/** A host that has none yet, or whose file alone is written anew, is not told of: no agent does anything that has to do with time. */
function actedOn(hosts: readonly HostChange[], at: number): readonly Acted[] {
  return hosts.flatMap(({ host, change, config, old }) => {
    if (change !== "changed" || old === undefined) return [];
    const plan = previewPlan(config, old, at);
    const subjects = (...kinds: readonly StepKind[]): readonly string[] => [
      ...new Set(plan.steps.filter(({ kind }) => kinds.includes(kind)).map(({ subject }) => subject)),
    ];
    const started = new Set(subjects("startContainer"));
    return [
      {
        at,
        host,
        restarts: subjects("stopContainer").filter((name) => started.has(name)),
        signals: subjects("signalContainer"),
        lines: planSummary(plan, host),
      },
    ];
  });
}
