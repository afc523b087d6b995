// Other hosts in memory: the disruption lock with its lease, and peers that answer or not. The agent may die at each call.
import type { FakeFaults } from "#agent/engine/fake/fake-faults.ts";
import type { Disruption } from "#agent/disruption/disruption.ts";
import { rememberedAfter, standsAgainst } from "#agent/disruption/disruption-lock.ts";
import type { DisruptionLock, Grant, LockRecord } from "#agent/disruption/disruption-lock.ts";
import type { Clock } from "#shared/clock.ts";
import type { FailedRollout } from "#shared/state/observed.ts";
import { allAreMembers } from "#shared/simulate/settled-state.ts";

export type FakeDisruption = Disruption & {
  /** The record in force; undefined when it is free or its lease has ended. */
  readonly holder: () => LockRecord | undefined;
  /** Another host takes the lock, for as long as the test says. */
  readonly holdElsewhere: (record: Pick<LockRecord, "host" | "component">, untilMs: number) => void;
  readonly failed: FailedRollout[];
  /** Names of peers that do not answer. */
  readonly silent: Set<string>;
  /** Name → minor version of the API servers; one that is not here, or is silent, does not answer. */
  readonly apiServers: Map<string, string>;
  /** Client URL → the cluster that an etcd member with a leader says it is of; unset: all are of the one that is asked for. */
  etcdClusterIds: ReadonlyMap<string, string> | undefined;
  /** Changing calls so far. */
  readonly calls: string[];
  /** Every call fails with it while it is set. */
  breakdown: Error | undefined;
  /** Called before each changing call, to let something happen in between. */
  before: (call: string) => void;
};

type Kept = { readonly grant: Grant; until: number };

type About = { readonly clock: Clock; readonly faults: FakeFaults; readonly ttlMs: number };

/** What the lock is now; a lease that has ended leaves nothing. */
type Place = { readonly current: () => Kept | undefined; readonly keep: (kept: Kept | undefined) => void };

/** Its lease lasts `ttlMs` by the clock. */
export function createFakeDisruption(about: About): FakeDisruption {
  const { clock } = about;
  let kept: Kept | undefined;
  const place: Place = {
    current: () => (kept !== undefined && kept.until > clock.now() ? kept : undefined),
    keep: (next) => {
      kept = next;
    },
  };
  const fake: FakeDisruption = {
    lockOf: () => fakeLock(fake, place, about),
    answering: async ({ disruption }) =>
      Promise.resolve({
        names: (disruption?.peers ?? []).map(({ name }) => name).filter((name) => !fake.silent.has(name)),
      }),
    etcdEvidence: async (rule) => {
      const all = allAreMembers(rule);
      return Promise.resolve({ ...all, healthy: all.healthy.filter((name) => !fake.silent.has(name)) });
    },
    apiServerVersions: async ({ servers }) =>
      Promise.resolve({
        refusals: new Map(),
        versions: new Map(
          [...fake.apiServers].filter(
            ([name]) => servers.some((server) => server.name === name) && !fake.silent.has(name),
          ),
        ),
      }),
    etcdVotes: async () => Promise.resolve({ learners: [], voters: undefined }),
    etcdClusters: async ({ endpoints, clusterId = "" }) =>
      Promise.resolve(fake.etcdClusterIds ?? new Map(endpoints.map((endpoint) => [endpoint, clusterId]))),
    holder: () => place.current()?.grant.record,
    holdElsewhere: ({ host, component }, until) => {
      const record = { host, component, container: component, since: clock.now(), nonce: host };
      place.keep({ grant: { record, token: host, lease: host }, until });
    },
    failed: [],
    silent: new Set(),
    apiServers: new Map(),
    etcdClusterIds: undefined,
    calls: [],
    breakdown: undefined,
    before: () => undefined,
  };
  return fake;
}

function fakeLock(fake: FakeDisruption, { current, keep }: Place, { clock, faults, ttlMs }: About): DisruptionLock {
  const reading = async <Result>(act: () => Result): Promise<Result> => {
    if (fake.breakdown !== undefined) throw fake.breakdown;
    return Promise.resolve(act());
  };
  const changing = async <Result>(call: string, act: () => Result): Promise<Result> => {
    fake.before(call);
    const crash = faults.enter({ method: "step", subject: call, mutating: true });
    if (crash === "before" || crash === "within") faults.die();
    const result = await reading(act);
    fake.calls.push(call);
    if (crash === "after") faults.die();
    return result;
  };
  return {
    read: async () => reading(() => ({ holder: current()?.grant.record, failed: [...fake.failed] })),
    take: async (record) =>
      changing("take", () => {
        const found = current();
        if (found !== undefined && standsAgainst(found.grant.record, record)) return undefined;
        const grant = { record, token: record.nonce, lease: record.nonce };
        keep({ grant, until: clock.now() + ttlMs });
        return grant;
      }),
    // a renewal is no step of the plan: its place among the calls is a matter of time
    keep: async (grant) =>
      reading(() => {
        const isOurs = current()?.grant.token === grant.token;
        if (isOurs) keep({ grant, until: clock.now() + ttlMs });
        return isOurs;
      }),
    holds: async (grant) => reading(() => current()?.grant.token === grant.token),
    free: async (request) =>
      changing("free", () => {
        const record = current()?.grant.record;
        if (record?.host === request.host && record.container === request.container) keep(undefined);
        fake.failed.splice(0, fake.failed.length, ...rememberedAfter([...fake.failed], request));
      }),
  };
}
