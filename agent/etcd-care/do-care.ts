// One turn of care: look, decide, and one call at most that changes something.
import type { Clock } from "#shared/clock.ts";
import { wallTime } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { decideCare, settledRecord } from "#shared/etcd-care/decide-care.ts";
import type { CareDecision, CareRecord, CareSeen } from "#shared/etcd-care/care-seen.ts";
import { careComponent } from "#shared/state/etcd-care-rule.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";
import type { CareHost } from "./care-host.ts";

export type Cared = { readonly seen: CareSeen; readonly decision: CareDecision; readonly record: CareRecord };

type Turn = { readonly host: CareHost; readonly rule: EtcdCareRule; readonly clock: Clock };

/** What was seen and done. Throws what the host's calls throw. */
export async function doCare({ host, rule, clock }: Turn): Promise<Cared> {
  const seen = await host.look();
  const decision = decideCare(seen);
  const settled = settledRecord(seen);
  if (settled !== seen.record) await host.keep(settled);
  const at = (): number => wallTime(clock).epochMs;
  if (decision.kind === "defragment") {
    const waits = decision.locked ? await underLock({ host, rule, clock }) : await defragment(seen, host);
    if (waits !== undefined) return { seen, decision: { kind: "wait", reason: waits }, record: settled };
    const record = { ...settled, defragmentedAt: at() };
    await host.keep(record);
    return { seen, decision, record };
  }
  if (decision.kind !== "disarm") return { seen, decision, record: settled };
  // written before: an agent that is killed after the call does not do it twice a day
  const begunAt = settled.disarm?.done === false ? settled.disarm.at : at();
  await host.keep({ ...settled, disarm: { at: begunAt, done: false } });
  await host.disarm(decision.memberId);
  const record = { ...settled, disarm: { at: begunAt, done: true } };
  await host.keep(record);
  return { seen, decision, record };
}

/** Why it is not to be done as others are now; undefined when it was done. */
async function defragment(seen: CareSeen, host: CareHost): Promise<string | undefined> {
  const decision = decideCare(seen);
  if (decision.kind !== "defragment") return "reason" in decision ? decision.reason : "it is not needed any more";
  await host.defragment();
  return undefined;
}

/** What fails leaves the lock to its lease: nobody knows whether etcd is still at it. */
async function underLock({ host, rule }: Turn): Promise<string | undefined> {
  const { lock } = host;
  if (lock === undefined) return "the host config has no disruption lock";
  const container = `${careComponent}-${rule.member}`;
  try {
    await lock.take({ component: careComponent, name: container });
    await lock.check(container);
    const waits = await defragment(await host.look(), host);
    await lock.free({ component: careComponent, container });
    return waits;
  } catch (error) {
    if (isFlexkubeError(error, "STEP_WAITING")) return error.details.reason;
    throw error;
  } finally {
    await lock.close();
  }
}
