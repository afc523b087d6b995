// Restores that host configs tell of and the planner's state does not: it was lost, or is older than they are.
import type { PlannerState } from "#shared/schema/planner-state.ts";
import type { HostProof } from "#planner/life/host-proof.ts";
import { restoreInForce } from "#planner/cluster/etcd-restore.ts";

/** The known ones, and behind them the highest that a host config has where that is a later one: no number is given twice. */
export function withRestoresIn(state: PlannerState, proofs: readonly Pick<HostProof, "restore">[]): PlannerState {
  const [highest] = proofs
    .flatMap(({ restore }) => (restore === undefined ? [] : [restore]))
    // members tell more than API servers do, and a word that it is over counts
    .toSorted((a, b) => b.number - a.number || Number(a.open) - Number(b.open) || b.lost.length - a.lost.length);
  if (highest === undefined || highest.number <= (restoreInForce(state.restores)?.number ?? 0)) return state;
  return { ...state, restores: [...(state.restores ?? []), highest] };
}
