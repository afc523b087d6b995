// An API server starts only when no etcd member that it is given is a learner: those refuse to be read, and it ends at once.
import { blockedFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Plan } from "#shared/state/step.ts";
import { startsContainer } from "#shared/state/step-traits.ts";

const component = "kube-apiserver";

/** The part, or why it waits: what works stays as it is until all members vote. A replacement that has begun is finished. */
export function withVotingStorage(context: Context, part: ContainerPart): ContainerPart {
  const { desired, observed } = context;
  const learners = (desired.apiServerStorage?.endpoints ?? []).filter((url) => observed.etcdLearners?.includes(url));
  if (
    part.component !== component ||
    learners.length === 0 ||
    !startsContainer(part.main) ||
    isUnderWay(context, part.name)
  )
    return part;
  const reason = `it starts only when all its etcd members vote; ${learners.join(", ")} still ${learners.length === 1 ? "learns" : "learn"}`;
  return { ...emptyPart(part), blocked: [...part.blocked, blockedFor(part, "waiting", reason)] };
}

/** True when the plan would start it, or a restore holds it back, so that etcd must be asked: this costs requests, so only then. */
export function isStorageInQuestion({ desired, observed }: Context, plan: Plan): boolean {
  const { apiServerStorage: storage } = desired;
  if (storage === undefined || observed.etcdLearners !== undefined) return false;
  const isHeldBack = storage.clusterId !== undefined && plan.blocked.some((blocked) => blocked.component === component);
  return isHeldBack || startsContainer(plan.steps.filter((step) => step.component === component));
}

function isUnderWay({ observed }: Context, name: string): boolean {
  return slotOf(observed, name, undefined).old !== undefined;
}
