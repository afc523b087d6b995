// When the lock, and the others of a kind, must be asked: this costs requests to other hosts, so only when it decides.
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { isLockBound } from "./disruption-gate.ts";
import { workingOf } from "#shared/reconcile/parts/working.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Plan } from "#shared/state/step.ts";

/** The containers in question, as a plan without that knowledge shows. A first start and a restart need no lock. */
export function disruptionInQuestion(context: Context, plan: Plan): readonly DesiredContainer[] {
  const bound = context.desired.containers.filter((container) => isLockBound(context, container));
  return [
    ...bound.filter((container) => isTouched(plan, container) && isDecided(context, container)),
    ...goneBound(context),
  ];
}

/** Containers of the config before that nothing asks for any more, that still work, and that others may need. */
export function goneBound(context: Context): readonly DesiredContainer[] {
  const { desired, fallback } = context;
  return (fallback?.containers ?? [])
    .filter(
      (before) =>
        (isLockBound(context, before) || before.etcd !== undefined) &&
        !desired.containers.some(({ name }) => name === before.name) &&
        workingOf(context, before.name).length > 0,
    )
    .map(forGood);
}

/** An etcd member counts until etcd itself has forgotten it, so for that its own rule holds (etcd-stop.ts). */
function forGood(container: DesiredContainer): DesiredContainer {
  const { etcd, disruption } = container;
  return etcd !== undefined || disruption === undefined
    ? container
    : { ...container, disruption: { ...disruption, anyPeer: true } };
}

function isTouched(plan: Plan, { component, name }: DesiredContainer): boolean {
  return (
    plan.steps.some((step) => step.component === component) ||
    plan.blocked.some((blocked) => blocked.container === name && blocked.code === "waiting")
  );
}

function isDecided(context: Context, { name, specHash }: DesiredContainer): boolean {
  const { current, old } = slotOf(context.observed, name, specHash);
  return (
    workingOf(context, name).length > 0 ||
    old !== undefined ||
    (current !== undefined && current.specHash !== specHash) ||
    context.observed.ledger.verdicts[name]?.state === "failed"
  );
}
