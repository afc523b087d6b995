// Other hosts in memory: the disruption lock with its lease, and peers that answer or not. The agent may die at each call.
import type { FakeFaults } from "#agent/engine/fake-faults.ts";
import type { Disruption } from "#agent/disruption/disruption.ts";
import { rememberedAfter } from "#agent/disruption/disruption-lock.ts";
import type { DisruptionLock, Grant, LockRecord } from "#agent/disruption/disruption-lock.ts";
import type { Clock } from "#shared/clock.ts";
import type { FailedRollout } from "#shared/reconcile/observed.ts";

export type FakeDisruption = Disruption & {
  /** The record in force; undefined when it is free or its lease has ended. */
  readonly holder: () => LockRecord | undefined;
  /** Another host takes the lock, for as long as the test says. */
  readonly holdElsewhere: (record: Pick<LockRecord, "host" | "component">, untilMs: number) => void;
  readonly failed: FailedRollout[];
  /** Names of peers that do not answer. */
  readonly silent: Set<string>;
  /** Changing calls so far. */
  readonly calls: string[];
  /** Every call fails with it while it is set. */
  breakdown: Error | undefined;
  /** Called before each changing call, to let something happen in between. */
  before: (call: string) => void;
};

type Kept = { readonly grant: Grant; until: number };

/** Its lease lasts `ttlMs` by the clock. */
export function createFakeDisruption(about: {
  readonly clock: Clock;
  readonly faults: FakeFaults;
  readonly ttlMs: number;
}): FakeDisruption {
  const { clock, ttlMs } = about;
  let kept: Kept | undefined;
  const current = (): Kept | undefined => (kept !== undefined && kept.until > clock.now() ? kept : undefined);
  const fake: FakeDisruption = {
    lockOf: () => lock,
    answering: async ({ disruption }) =>
      Promise.resolve((disruption?.peers ?? []).map(({ name }) => name).filter((name) => !fake.silent.has(name))),
    holder: () => current()?.grant.record,
    holdElsewhere: ({ host, component }, untilMs) => {
      const record = { host, component, container: component, since: clock.now(), nonce: host };
      kept = { grant: { record, token: host, lease: host }, until: untilMs };
    },
    failed: [],
    silent: new Set(),
    calls: [],
    breakdown: undefined,
    before: () => undefined,
  };
  const changing = async <Result>(call: string, act: () => Result): Promise<Result> => {
    fake.before(call);
    const crash = about.faults.enter({ method: "step", subject: call, mutating: true });
    if (crash === "before" || crash === "within") about.faults.die();
    if (fake.breakdown !== undefined) throw fake.breakdown;
    fake.calls.push(call);
    const result = act();
    if (crash === "after") about.faults.die();
    return Promise.resolve(result);
  };
  const lock: DisruptionLock = {
    read: async () => {
      if (fake.breakdown !== undefined) throw fake.breakdown;
      return Promise.resolve({ holder: current()?.grant.record, failed: [...fake.failed] });
    },
    take: async (record) =>
      changing("take", () => {
        const found = current();
        if (found !== undefined && found.grant.record.host !== record.host) return undefined;
        const grant = { record, token: record.nonce, lease: record.nonce };
        kept = { grant, until: clock.now() + ttlMs };
        return grant;
      }),
    // a renewal is no step of the plan: its place among the calls is a matter of time
    keep: async (grant) => {
      const found = current();
      if (fake.breakdown !== undefined) throw fake.breakdown;
      if (found?.grant.token !== grant.token) return Promise.resolve(false);
      found.until = clock.now() + ttlMs;
      return Promise.resolve(true);
    },
    holds: async (grant) => {
      if (fake.breakdown !== undefined) throw fake.breakdown;
      return Promise.resolve(current()?.grant.token === grant.token);
    },
    free: async (request) =>
      changing("free", () => {
        const record = current()?.grant.record;
        if (record?.host === request.host && record.container === request.container) kept = undefined;
        fake.failed.splice(0, fake.failed.length, ...rememberedAfter([...fake.failed], request));
      }),
  };
  return fake;
}
