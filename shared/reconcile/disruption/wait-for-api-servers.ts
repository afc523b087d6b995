// What calls the API servers waits for them: it is replaced by a newer minor version only when all of them have it.
import { blockedFor } from "#shared/reconcile/parts/context.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import type { ApiServersFirst, DesiredContainer } from "#shared/state/desired.ts";
import { isNextMinor, isOlderMinor, minorOf } from "#shared/state/image-minor.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { silenceOf } from "#shared/state/peer-refusal.ts";
import { slotOf } from "#shared/reconcile/parts/slot.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { Blocked } from "#shared/state/step.ts";

/** A reason to keep the older container for now. A first start, and a replacement whose new container is there, wait for nobody. */
export function apiServersBlocked(context: Context, wanted: DesiredContainer, slot: Slot): Blocked | undefined {
  const { apiServersFirst: rule } = context.desired;
  if (wanted.component === "kube-apiserver") return peersBlocked(context, wanted, slot);
  const minor = wanted.needsApiServers;
  if (rule === undefined || minor === undefined || !isRaised(wanted, slot, minor)) return undefined;
  const { apiServers, apiServerRefusals } = context.observed;
  if (apiServers === undefined)
    return blockedFor(wanted, "waiting", "the API servers have not been asked for their versions yet");
  const behind = behindOf(rule, { apiServers, apiServerRefusals }, minor);
  return behind === undefined
    ? undefined
    : blockedFor(wanted, "waiting", `it goes to ${minor} only when all API servers have it; ${behind}`);
}

/** API servers are at most one minor version apart: one that answers with an older one has missed a delivery. */
function peersBlocked({ desired, observed }: Context, wanted: DesiredContainer, slot: Slot): Blocked | undefined {
  const { apiServersFirst: rule, host } = desired;
  const minor = minorOf(wanted.spec.image);
  if (rule === undefined || minor === undefined || !isRaised(wanted, slot, minor)) return undefined;
  const { apiServers } = observed;
  if (apiServers === undefined)
    return blockedFor(wanted, "waiting", "the API servers have not been asked for their versions yet");
  const far = rule.servers.flatMap(({ name }) => {
    const has = name === host ? undefined : apiServers.get(name);
    return has === undefined || !isOlderMinor(has, minor) || isNextMinor(has, minor) ? [] : [`${name} has ${has}`];
  });
  if (far.length === 0) return undefined;
  return blockedFor(
    wanted,
    "waiting",
    `it goes to ${minor} only when all API servers are at most one minor version below; ${far.join(", ")}: deliver the version in between there first`,
  );
}

/** Whether the API servers must be asked for their versions: this costs requests to other hosts, so only when it decides. */
export function apiServersInQuestion(context: Context): boolean {
  const { desired, observed } = context;
  return desired.containers.some(
    (container) =>
      apiServersBlocked(context, container, slotOf(observed, container.name, container.specHash)) !== undefined,
  );
}

function isRaised(wanted: DesiredContainer, { current, old }: Slot, minor: string): boolean {
  const before = old ?? current;
  // what has been made already was made after all of them had been asked
  if (before === undefined || [old, current].some((container) => container?.specHash === wanted.specHash)) return false;
  const was = minorOf(before.image);
  return was === undefined || isOlderMinor(was, minor);
}

/** Which of them is not there yet, in words. */
function behindOf(
  { servers }: ApiServersFirst,
  {
    apiServers: found = new Map(),
    apiServerRefusals: refusals,
  }: Pick<ObservedState, "apiServers" | "apiServerRefusals">,
  minor: string,
): string | undefined {
  const older: string[] = [];
  const silent: string[] = [];
  for (const { name } of servers) {
    const has = found.get(name);
    if (has === undefined) silent.push(name);
    else if (isOlderMinor(has, minor)) older.push(`${name} has ${has}`);
  }
  const parts = [
    ...(older.length === 0 ? [] : [older.join(", ")]),
    ...(silent.length === 0 ? [] : [silenceOf(silent, refusals)]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}
