// When an etcd member may start: a decision that can lose data. When it may stop is in disruption-gate.ts.
import { etcdStartArguments, decideEtcdStart, joinedCluster } from "./etcd-start.ts";
import { blockedFor, stepFor } from "#shared/reconcile/parts/context.ts";
import { emptyPart } from "#shared/reconcile/parts/container-part.ts";
import type { ContainerPart } from "#shared/reconcile/parts/container-part.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import { isNextMinor, isOlderMinor, minorOf } from "#shared/state/image-minor.ts";
import type { ObservedContainer } from "#shared/state/observed.ts";
import type { Blocked } from "#shared/state/step.ts";
import { ownValue } from "#shared/own-value.ts";

export type Start = { readonly startArgs: readonly string[]; readonly start?: string | undefined };

/** How this container starts now; for etcd only on evidence, else without ado. */
export function startDecision(context: Context, desired: DesiredContainer): Start | Blocked {
  if (desired.etcd === undefined) return { startArgs: desired.startArgs ?? [] };
  const { ledger, etcd } = context.observed;
  const evidence = etcd.get(desired.name);
  // one that was healthy once, whichever member of this host, has founded or joined its cluster: none here founds another
  const founded = ownValue(ledger.proven, desired.name) !== undefined;
  const rule = founded ? { ...desired.etcd, bootstrap: false } : desired.etcd;
  const data = { isPresent: hasData(context, desired), hasEnded: hasEnded(context, desired) };
  const decision = decideEtcdStart(rule, data, evidence);
  if ("wait" in decision) return blockedFor(desired, "waiting", decision.wait);
  const { start } = decision;
  const skipped = start === "new" ? undefined : versionReason(desired, evidence?.clusterVersion);
  if (skipped !== undefined) return blockedFor(desired, "waiting", skipped);
  const cluster = start === "existing" ? joinedCluster(rule, evidence) : rule.initialCluster;
  return {
    startArgs: etcdStartArguments(rule, start, evidence),
    // a container that would join other members than these is made anew
    start: cluster === rule.initialCluster ? start : `${start} ${cluster}`,
  };
}

/**
 * The member of this data directory was seen healthy, and its last run ended with 0. A name tells neither: one that begins anew has its container's
 * name from the one before, and what it was made from tells which of the two it is of.
 */
function hasEnded({ desired, fallback, observed }: Context, { name, etcd }: DesiredContainer): boolean {
  const same = [desired, fallback].flatMap((state) =>
    (state?.containers ?? []).filter((each) => each.name === name && each.etcd?.dataDirectory === etcd?.dataDirectory),
  );
  const proven = observed.ledger.proven[name];
  return (
    same.some(({ digest }) => digest === proven) &&
    observed.containers.some(
      ({ container, exitCode, specHash }) =>
        container === name && exitCode === 0 && same.some((each) => each.specHash === specHash),
    )
  );
}

export function isBlocked(decision: Start | Blocked): decision is Blocked {
  return "code" in decision;
}

/** etcd goes up one minor version at a time, all members at each, and does not go back. */
function versionReason({ spec }: DesiredContainer, cluster: string | undefined): string | undefined {
  const wanted = minorOf(spec.image);
  if (wanted === undefined || cluster === undefined || wanted === cluster || isNextMinor(cluster, wanted))
    return undefined;
  return isOlderMinor(wanted, cluster)
    ? `etcd's members are at ${cluster} and do not go back to ${wanted}`
    : `etcd's members are at ${cluster}, from which it does not go to ${wanted} at once: deliver the version between to all of them first`;
}

/**
 * A member that Docker starts again and again though it must not start: it is stopped and told. Undefined for one that works,
 * or that may run.
 */
export function loopPlan(
  context: Context,
  desired: DesiredContainer,
  current: ObservedContainer,
): ContainerPart | undefined {
  const { health, working, etcd } = context.observed;
  if (desired.etcd === undefined || !etcd.has(desired.name)) return undefined;
  if (health.get(desired.name) === true || working.has(current.id) || !hasData(context, desired)) return undefined;
  const start = startDecision(context, desired);
  if (!isBlocked(start)) return undefined;
  const stop = { id: current.id, timeoutSeconds: desired.spec.stopTimeoutSeconds };
  return {
    ...emptyPart(desired),
    main: [stepFor("stopContainer", desired, "it must not run", stop)],
    blocked: [start],
  };
}

/** True when the member's data directory holds a write-ahead log. */
export function hasData(context: Pick<Context, "observed">, desired: DesiredContainer): boolean {
  if (desired.etcd === undefined) return true;
  const wal = context.observed.paths.get(`${desired.etcd.dataDirectory}/member/wal`);
  return wal?.type === "directory" && wal.entries.length > 0;
}
