// What a component shall be now: what the host config asks for, or, after a failed try, what it was before.
import { sameMinor } from "#shared/state/image-minor.ts";
import type { Context } from "#shared/reconcile/parts/context.ts";
import { apiServersBlocked } from "#shared/reconcile/disruption/wait-for-api-servers.ts";
import { failedElsewhere } from "#shared/reconcile/disruption/failed-elsewhere.ts";
import { takingBack } from "./given-directories.ts";
import type { DesiredContainer } from "#shared/state/desired.ts";
import type { Verdict } from "#shared/state/ledger.ts";
import type { Slot } from "#shared/reconcile/parts/slot.ts";
import type { Blocked } from "#shared/state/step.ts";

/**
 * `desired`: make it so. `keep`: the old container as it is, since nobody knows any more what it was made from. `verdict`
 * and `waits` say why it is not what the host config asks for.
 */
export type Target = {
  readonly kind: "desired" | "keep";
  readonly container: DesiredContainer;
  readonly verdict?: Verdict | undefined;
  readonly waits?: Blocked | undefined;
};

/** Applies the ledger's verdict on the wanted digest, if it still holds for this host config, and what must come first. */
export function targetOf(context: Context, wanted: DesiredContainer, slot: Slot): Target {
  const verdict = verdictOn(context, wanted) ?? failedElsewhere(context, wanted, slot);
  const waits = verdict === undefined ? apiServersBlocked(context, wanted, slot) : undefined;
  if ((verdict === undefined && waits === undefined) || isOtherMember(context, wanted))
    return { kind: "desired", container: wanted };
  const fallback = fallbackFor(context, wanted, slot);
  if (fallback !== undefined) return { kind: "desired", container: takingBack(fallback, wanted), verdict, waits };
  const standBy = slot.old ?? slot.current;
  if (standBy !== undefined && standBy.specHash !== wanted.specHash)
    return { kind: "keep", container: wanted, verdict, waits };
  return { kind: "desired", container: wanted };
}

/** The verdict in force on exactly this wish, unless a postponed one is due again. */
export function verdictOn(context: Context, wanted: DesiredContainer): Verdict | undefined {
  const verdict = context.observed.ledger.verdicts[wanted.name];
  if (verdict === undefined || verdict.digest !== wanted.digest || verdict.config !== context.desired.config)
    return undefined;
  if (!isVerdictInForce(verdict, context.observed.now)) return undefined;
  return verdict;
}

/** A postponed one ends with its pause, and where the clock went back behind its begin. */
export function isVerdictInForce({ state, at, until = 0 }: Verdict, now: number): boolean {
  return state !== "postponed" || (now < until && now >= at);
}

/** What the component was when it last worked, if that can come back. */
export function fallbackFor(context: Context, wanted: DesiredContainer, slot: Slot): DesiredContainer | undefined {
  const before = context.fallback?.containers.find((container) => container.name === wanted.name);
  if (before === undefined || before.digest === wanted.digest) return undefined;
  if (!mayGoBack(wanted, before.spec.image)) return undefined;
  const standBy = slot.old ?? (slot.current?.specHash === wanted.specHash ? undefined : slot.current);
  if (standBy !== undefined) return standBy.specHash === before.specHash ? before : undefined;
  return context.observed.ledger.proven[wanted.name] === before.digest ? before : undefined;
}

/** What ran before was a member of etcd that is given up: it never comes back, so this one is tried again. */
function isOtherMember({ fallback }: Context, { name, etcd }: DesiredContainer): boolean {
  const before = fallback?.containers.find((container) => container.name === name)?.etcd;
  return before !== undefined && etcd !== undefined && before.name !== etcd.name;
}

/** etcd goes back only within a minor version: its data directory is not readable by an older one. */
export function mayGoBack(wanted: DesiredContainer, image: string): boolean {
  return wanted.goBack === "always" || sameMinor(wanted.spec.image, image);
}
