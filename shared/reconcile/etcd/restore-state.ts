// A restore as a plan looks at it: the decision for one container.
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { decideRestore, needsSnapshot, restoreData, restoringRule } from "./etcd-restore.ts";
import type { RestoreData, RestoreDecision, RestoringRule } from "./etcd-restore.ts";

export type RestoreState = {
  readonly container: DesiredContainer;
  readonly rule: RestoringRule;
  readonly data?: RestoreData | undefined;
  readonly decision: RestoreDecision;
};

/** Undefined for what has no restore. */
export function restoreStateOf(
  { observed }: Pick<Context, "observed">,
  container: DesiredContainer,
): RestoreState | undefined {
  const rule = restoringRule(container);
  if (rule === undefined) return undefined;
  const data = restoreData(rule, observed.paths);
  if ("unknown" in data)
    return { container, rule, decision: { act: "wait", reason: `its data cannot be looked at: ${data.unknown}` } };
  const evidence = observed.etcd.get(container.name);
  const snapshot = observed.etcdSnapshots?.get(container.name);
  return { container, rule, data, decision: decideRestore(rule, data, { evidence, snapshot }) };
}

/** Whether the snapshot must be looked for, which reads it to its end. */
export function isSnapshotInQuestion(context: Pick<Context, "observed">, container: DesiredContainer): boolean {
  const state = restoreStateOf(context, container);
  return state?.data !== undefined && needsSnapshot(state.rule, state.data);
}
