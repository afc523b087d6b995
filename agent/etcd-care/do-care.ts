// One turn of care: look, decide, and one call at most that changes something.
import { underLock } from "#agent/disruption/under-lock.ts";
import type { Clock } from "#shared/clock.ts";
import { wallTime } from "#shared/clock.ts";
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
    const waits = decision.locked ? await defragmentUnderLock({ host, rule, clock }) : await defragment(seen, host);
    if (waits !== undefined) return { seen, decision: { kind: "wait", reason: waits }, record: settled };
    const { from } = decision;
    const record = { ...settled, defragmentedAt: at(), ...(from === undefined ? {} : { defragmentedFrom: from }) };
    await host.keep(record);
    return { seen, decision, record };
  }
  if (decision.kind === "compact") await host.compact(decision.revision);
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
  await host.defragment(decision.from);
  return undefined;
}

async function defragmentUnderLock({ host, rule }: Turn): Promise<string | undefined> {
  const taker = { component: careComponent, name: `${careComponent}-${rule.member}` };
  const done = await underLock(host.lock, taker, async (check) => {
    await check();
    return defragment(await host.look(), host);
  });
  return "waits" in done ? done.waits : done.result;
}
