// What reconcile asks for only when a first plan has put it in question: what other etcd members say, who holds the
// disruption lock, which versions the API servers have, what the host is like where a container is about to start, and
// whether images of one-shots are there.
import type { Disruption } from "#agent/disruption/disruption.ts";
import { gatherDisruption, peersDeadlineMs } from "#agent/disruption/gather-disruption.ts";
import type { FindSnapshot } from "#agent/restore/find-snapshot.ts";
import { isSnapshotInQuestion } from "#shared/reconcile/etcd/restore-state.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { isStorageInQuestion } from "#shared/reconcile/etcd/api-server-storage.ts";
import { apiServersInQuestion } from "#shared/reconcile/disruption/wait-for-api-servers.ts";
import { isRunning } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer, KubeletPreflight } from "#shared/state/desired.ts";
import { disruptionRule } from "#shared/reconcile/disruption/disruption-gate.ts";
import { disruptionInQuestion } from "#shared/reconcile/disruption/disruption-question.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { isPreflightDue } from "#shared/reconcile/container/hold-for-preflight.ts";
import type { PreflightFinding } from "#shared/state/preflight-finding.ts";
import type { Plan } from "#shared/state/step.ts";
import { imageOfStep, stepTraits } from "#shared/state/step-traits.ts";

/** Looks at the host for a rule; `running`: a container of ours for that name runs. */
export type LookAtHost = (
  rule: KubeletPreflight,
  options: { readonly running: boolean; readonly signal: AbortSignal },
) => Promise<readonly PreflightFinding[]>;

export type Looks = {
  readonly lookAtHost: LookAtHost;
  readonly hasImage: (image: string) => Promise<boolean | { readonly unknown: string }>;
  readonly disruption: Disruption;
  readonly findSnapshot: FindSnapshot;
};

/** The snapshot with its evidence; undefined when the plan puts nothing in question. */
export async function gatherEvidence(
  looks: Looks,
  seen: Context & { readonly plan: Plan },
  signal: AbortSignal,
): Promise<ObservedState | undefined> {
  const { desired, observed, plan } = seen;
  const bound = disruptionInQuestion(seen, plan);
  const asked = desired.containers.filter((container) => isMemberInQuestion(container, plan));
  const members = [...new Set([...asked, ...bound])];
  const starting = desired.containers.filter((container) => isPreflightDue({ desired, observed }, container, plan));
  const restoring = asked.filter((container) => isSnapshotInQuestion(seen, container));
  const tools = [...new Set([...toolImages(plan), ...unknownImages(observed, restoring)])].toSorted();
  const followed = apiServersInQuestion(seen) ? desired.apiServersFirst : undefined;
  const storage = isStorageInQuestion(seen, plan) ? desired.apiServerStorage : undefined;
  if (members.length + starting.length + tools.length === 0 && followed === undefined && storage === undefined)
    return undefined;
  const [images, etcd, disruption, preflight, apiServers, etcdVotes, etcdClusters, etcdSnapshots] = await Promise.all([
    Promise.all(tools.map(async (image) => [image, await looks.hasImage(image)] as const)),
    collect(members, async ({ etcd: rule }) =>
      rule === undefined ? undefined : looks.disruption.etcdEvidence(rule, { signal, deadlineMs: peersDeadlineMs }),
    ),
    gatherDisruption(disruptionRule(seen), bound, { disruption: looks.disruption, signal }),
    collect(starting, async ({ preflight: rule, name }) => {
      const running = observed.containers.some((container) => container.container === name && isRunning(container));
      return rule === undefined ? undefined : lookOrTell(looks, rule, { running, signal });
    }),
    followed === undefined
      ? undefined
      : looks.disruption.apiServerVersions(followed, { signal, deadlineMs: peersDeadlineMs }),
    storage === undefined ? undefined : looks.disruption.etcdVotes(storage, { signal, deadlineMs: peersDeadlineMs }),
    storage?.clusterId === undefined
      ? undefined
      : looks.disruption.etcdClusters(storage, { signal, deadlineMs: peersDeadlineMs }),
    collect(restoring, async ({ etcd: rule }) => (rule === undefined ? undefined : looks.findSnapshot(rule, signal))),
  ]);
  return {
    ...observed,
    etcd,
    preflight,
    images: new Map([...observed.images, ...images]),
    ...(disruption === undefined ? {} : { disruption }),
    ...(apiServers === undefined ? {} : { apiServers: apiServers.versions, apiServerRefusals: apiServers.refusals }),
    ...(etcdVotes === undefined ? {} : { etcdLearners: etcdVotes.learners, etcdVoters: etcdVotes.voters }),
    ...(etcdClusters === undefined ? {} : { etcdClusters }),
    ...(restoring.length === 0 ? {} : { etcdSnapshots }),
  };
}

/** A look that fails holds back this start and nothing else. */
async function lookOrTell(
  { lookAtHost }: Looks,
  rule: KubeletPreflight,
  options: Parameters<LookAtHost>[1],
): Promise<readonly PreflightFinding[]> {
  try {
    return await lookAtHost(rule, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    const path = "path" in error.details ? `${error.details.path}: ` : "";
    const found = `${path}${reasonOf(error)}`;
    return [{ check: "host", found, needed: "an answer", command: "make it answer" }];
  }
}

/** Images of kubectl and Helm are looked at only when they are about to be used. */
function toolImages(plan: Plan): readonly string[] {
  const needed = plan.steps.flatMap((step) => {
    const image = stepTraits[step.kind].place === "objects" ? imageOfStep(step) : undefined;
    return image === undefined ? [] : [image];
  });
  return [...new Set(needed)].toSorted();
}

/** etcdutl is in the image of a member that need not be made anew. */
function unknownImages({ images }: ObservedState, restoring: readonly DesiredContainer[]): readonly string[] {
  return restoring.map(({ spec }) => spec.image).filter((image) => !images.has(image));
}

function isMemberInQuestion({ component, name, etcd }: DesiredContainer, plan: Plan): boolean {
  return (
    etcd !== undefined &&
    (plan.steps.some((step) => step.component === component || step.kind === "commitFiles") ||
      plan.blocked.some((blocked) => blocked.container === name))
  );
}

async function collect<Found>(
  containers: readonly DesiredContainer[],
  find: (container: DesiredContainer) => Promise<Found | undefined>,
): Promise<ReadonlyMap<string, Found>> {
  const found = await Promise.all(
    containers.map(async (container) => [container.name, await find(container)] as const),
  );
  return new Map(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
