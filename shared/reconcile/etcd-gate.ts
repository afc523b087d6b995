// When an etcd member may start: a decision that can lose data. When it may stop is in disruption-gate.ts.
import { etcdStartArguments, decideEtcdStart } from "#shared/expand/components/etcd-start.ts";
import { blockedFor } from "./context.ts";
import type { Context } from "./context.ts";
import type { DesiredContainer } from "./desired.ts";
import type { Blocked } from "./step.ts";

export type Start = { readonly startArgs: readonly string[]; readonly start?: string | undefined };

/** How this container starts now; for etcd only on evidence, else without ado. */
export function startDecision(context: Context, desired: DesiredContainer): Start | Blocked {
  if (desired.etcd === undefined) return { startArgs: [] };
  // a member that was healthy once has founded or joined its cluster: with empty data it has lost them
  const founded = context.observed.ledger.proven[desired.name] !== undefined;
  const rule = founded ? { ...desired.etcd, bootstrap: false } : desired.etcd;
  const decision = decideEtcdStart(rule, hasData(context, desired), context.observed.etcd.get(desired.name));
  if ("wait" in decision) return blockedFor(desired, "waiting", decision.wait);
  return { startArgs: etcdStartArguments(rule, decision.start), start: decision.start };
}

export function isBlocked(decision: Start | Blocked): decision is Blocked {
  return "code" in decision;
}

/** True when the member's data directory holds a write-ahead log. */
export function hasData(context: Pick<Context, "observed">, desired: DesiredContainer): boolean {
  if (desired.etcd === undefined) return true;
  const wal = context.observed.paths.get(`${desired.etcd.dataDirectory}/member/wal`);
  return wal?.type === "directory" && wal.entries.length > 0;
}
