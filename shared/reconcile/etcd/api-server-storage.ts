// An API server starts only when no etcd member that it is given is a learner: those refuse to be read, and it ends at once. Where members
// come and go by themselves it waits for those, too, that are yet to be added: a learner would be beside it then.
import { blockedFor, isRunning } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Plan } from "#shared/state/step.ts";
import { startsContainer } from "#shared/state/step-traits.ts";
import { ownValue } from "#shared/own-value.ts";

const component = "kube-apiserver";

/** The part, or why it waits: what works stays as it is until all members vote. A replacement that has begun is finished. */
export function withVotingStorage(context: Context, part: ContainerPart): ContainerPart {
  const { desired, observed } = context;
  if (part.component !== component || !startsContainer(part.main) || isUnderWay(context, part.name)) return part;
  const runs = observed.containers.some((one) => one.container === part.name && isRunning(one));
  const isDown = ownValue(observed.ledger.proven, part.name) !== undefined && !runs;
  const notYet = missingVotes(desired.apiServerStorage, observed, isDown);
  if (notYet === undefined) return part;
  const reason = `it starts only when all its etcd members vote; ${notYet}`;
  return { ...emptyPart(part), blocked: [...part.blocked, blockedFor(part, "waiting", reason)] };
}

/**
 * Who of its members does not vote, if that is told. One that is not listed yet may never come, and an API server that worked here
 * is not kept down by it.
 */
function missingVotes(
  storage: Context["desired"]["apiServerStorage"],
  { etcdLearners = [], etcdVoters }: Context["observed"],
  isDown: boolean,
): string | undefined {
  const endpoints = storage?.endpoints ?? [];
  const learners = endpoints.filter((url) => etcdLearners.includes(url));
  if (learners.length > 0) return `${learners.join(", ")} still ${learners.length === 1 ? "learns" : "learn"}`;
  if (storage?.votersOnly !== true || etcdVoters === undefined || isDown) return undefined;
  const unlisted = endpoints.filter((url) => !etcdVoters.includes(url));
  return unlisted.length === 0 ? undefined : `etcd does not list ${unlisted.join(", ")} yet`;
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
