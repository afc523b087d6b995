// What reconcile must know of other hosts for this plan: etcd's evidence, the disruption lock, who answers. Changes nothing.
import { gatherEtcdEvidence } from "#agent/etcd/evidence.ts";
import { reasonOf } from "#agent/execute/reason-of.ts";
import type { Context } from "#shared/reconcile/context.ts";
import type { DesiredContainer, DisruptionRule } from "#shared/reconcile/desired.ts";
import { disruptionInQuestion } from "#shared/reconcile/disruption-question.ts";
import type { EtcdEvidence, ObservedDisruption, ObservedState } from "#shared/reconcile/observed.ts";
import type { Plan } from "#shared/reconcile/step.ts";
import type { Disruption } from "./disruption.ts";

/** All peers together get this long to say who is a member, or that they are well. */
export const peersDeadlineMs = 3000;

type GatherOptions = { readonly disruption: Disruption; readonly signal: AbortSignal };

/** The observed state with what other hosts say; undefined when the plan needs nothing of that. */
export async function gatherFromOthers(
  context: Context,
  plan: Plan,
  options: GatherOptions,
): Promise<ObservedState | undefined> {
  const { observed, desired } = context;
  const bound = disruptionInQuestion(context, plan);
  const members = etcdInQuestion(context, plan, bound);
  if (members.length + bound.length === 0) return undefined;
  const [etcd, disruption] = await Promise.all([
    evidenceOf(members, options.signal),
    desired.disruption === undefined || bound.length === 0 ? undefined : lockSeen(desired.disruption, bound, options),
  ]);
  return { ...observed, etcd, ...(disruption === undefined ? {} : { disruption }) };
}

function etcdInQuestion(
  { desired }: Context,
  plan: Plan,
  bound: readonly DesiredContainer[],
): readonly DesiredContainer[] {
  const touched = desired.containers.filter(
    (container) =>
      plan.steps.some((step) => step.component === container.component || step.kind === "commitFiles") ||
      plan.blocked.some((blocked) => blocked.container === container.name),
  );
  return [...new Set([...touched, ...bound])].filter(({ etcd }) => etcd !== undefined);
}

async function evidenceOf(
  members: readonly DesiredContainer[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, EtcdEvidence>> {
  const found = await Promise.all(
    members.map(async ({ name, etcd }) =>
      etcd === undefined
        ? []
        : [[name, await gatherEtcdEvidence(etcd, { signal, deadlineMs: peersDeadlineMs })] as const],
    ),
  );
  return new Map(found.flat());
}

async function lockSeen(
  rule: DisruptionRule,
  bound: readonly DesiredContainer[],
  { disruption, signal }: GatherOptions,
): Promise<ObservedDisruption> {
  const [lock, answering] = await Promise.all([
    readLock(rule, { disruption, signal }),
    Promise.all(
      bound
        .filter(({ etcd }) => etcd === undefined)
        .map(
          async (container) =>
            [container.name, await disruption.answering(container, { signal, deadlineMs: peersDeadlineMs })] as const,
        ),
    ),
  ]);
  return { lock, answering: new Map(answering) };
}

/** A lock that does not answer is known as such, and the plan waits for it. */
async function readLock(
  rule: DisruptionRule,
  { disruption, signal }: GatherOptions,
): Promise<ObservedDisruption["lock"]> {
  try {
    return await disruption.lockOf(rule).read({ signal });
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: reasonOf(error) };
  }
}
