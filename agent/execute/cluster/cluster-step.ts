// What the steps on objects of the cluster have in common: the right to act, a client, and what becomes of a failure.
import type { Effects } from "#agent/effects/effects.ts";
import { reasonOf } from "#shared/reason-of.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { DesiredClusterObjects } from "#shared/state/applied-objects.ts";
import type { Step } from "#shared/state/step.ts";
import type { KubernetesClient } from "#agent/kubernetes/kubernetes-client.ts";
import { postponedObjects } from "#shared/reconcile/ledger/failed-verdict.ts";
import { withVerdict } from "#shared/reconcile/ledger/ledger-after.ts";
import { keep, remember } from "#agent/effects/remember.ts";

export type Applier = { readonly wish: DesiredClusterObjects; readonly client: KubernetesClient };

/** Runs `act` with a client of the applier. Throws STEP_FAILED when another host applies by now. */
export async function asApplier<Result>(
  step: Step,
  effects: Effects,
  act: (applier: Applier) => Promise<Result>,
): Promise<Result> {
  const wish = effects.desired.clusterObjects;
  if (wish === undefined)
    throw new FlexkubeError("INTERNAL_BUG", "no objects of the cluster are desired", { reason: step.subject });
  if (!effects.applierLease.isOurs())
    throw new FlexkubeError("STEP_FAILED", "this host does not apply the objects of the cluster any more", {
      step: step.kind,
      reason: "its lease has ended",
    });
  return act({ wish, client: effects.connectKubernetes(wish.api) });
}

/** Runs `act`; a failure is remembered with the digest it was about, so that it is tried again later and later. */
export async function orPostponed(
  step: Step,
  about: { readonly digest: string; readonly effects: Effects },
  act: () => Promise<void>,
): Promise<void> {
  const { effects } = about;
  try {
    await act();
  } catch (error) {
    // the end of the agent, or of the API, is no fault of theirs
    if (isFlexkubeError(error) && error.code !== "KUBERNETES_UNREACHABLE" && !effects.signal.aborted)
      await postpone(step, about, reasonOf(error));
    throw error;
  }
  await remember(step, effects);
}

async function postpone(
  { component }: Step,
  { digest, effects }: { readonly digest: string; readonly effects: Effects },
  reason: string,
): Promise<void> {
  const { ledger, clock, desired, record } = effects;
  const tried = { name: component, digest, config: desired.config };
  const verdict = postponedObjects(ledger.read(), tried, { reason, now: clock.now() });
  await keep(withVerdict(ledger.read(), component, verdict), effects);
  const [cause = "", ...output] = reason.split("\n");
  await record({ kind: "failed", component, container: component, cause, output: output.join("\n") || undefined });
}
