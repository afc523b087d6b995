// When an etcd member may start and when it may stop: the two decisions that can lose data.
import { etcdStartArguments, decideEtcdStart } from "#shared/expand/components/etcd-start.ts";
import { blockedFor, isRunning } from "./context.ts";
import type { Context } from "./context.ts";
import type { DesiredContainer } from "./desired.ts";
import type { ObservedContainer } from "./observed.ts";
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

/** A reason not to stop this container now: a healthy member stops only while all others answer. */
export function stopBlocked(
  context: Context,
  desired: DesiredContainer,
  container: ObservedContainer | undefined,
): Blocked | undefined {
  const rule = desired.etcd;
  if (rule === undefined || rule.peers.length === 0 || !isRunning(container)) return undefined;
  if (context.observed.health.get(desired.name) !== true) return undefined;
  const healthy = new Set(context.observed.etcd.get(desired.name)?.healthy);
  const missing = rule.peers.map((peer) => peer.name).filter((peer) => !healthy.has(peer));
  if (missing.length === 0) return undefined;
  return blockedFor(
    desired,
    "waiting",
    `this member stops only while all others answer; no answer from ${missing.join(", ")}`,
  );
}
