// Three members of etcd in memory that can be defragmented and whose alarms can be disarmed, for the agents of three hosts. Each agent may
// be killed before or after each call.
import type { CareHost } from "#agent/etcd-care/care-host.ts";
import type { LockRecord } from "#agent/disruption/disruption-lock.ts";
import { standsAgainst } from "#agent/disruption/disruption-lock.ts";
import type { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { CareRecord, CareSeen, EtcdAlarm } from "#shared/etcd-care/care-seen.ts";
import type { EtcdCareRule } from "#shared/state/etcd-care-rule.ts";
import { lacksSpace } from "#shared/etcd-care/decide-care.ts";
import { Secret } from "#shared/secret.ts";
import { KilledCalls } from "./killed-calls.ts";

const names = ["h1", "h2", "h3"] as const;
type Name = (typeof names)[number];
/** `told`: what the member says is in use, which is as of its last write. */
type Data = { size: number; inUse: number; told: number };

export function careRuleOf(member: string, changed: Partial<EtcdCareRule> = {}): EtcdCareRule {
  return {
    cluster: "demo",
    host: member,
    member,
    container: `etcd-${member}`,
    hasPeers: true,
    clientUrl: "https://10.0.0.1:2379",
    tls: { ca: "ca", certificate: "certificate", key: new Secret("key") },
    quotaBytes: 2 ** 31,
    everyMs: 24 * 3_600_000,
    compacts: false,
    etcdctl: "docker exec etcd-h1 etcdctl",
    ...changed,
  };
}

export class FakeEtcdCare extends KilledCalls {
  readonly data: Record<Name, Data>;
  alarms: EtcdAlarm[] = [];
  readonly silent = new Set<string>();
  oldestRevision = 7;
  newestRevision = 7;
  /** As the hosts' rule says. */
  compacts = false;
  #inUseOnceCompacted: number | undefined;
  leader: Name = "h1";
  quotaBytes = 2 ** 31;
  /** What each host has kept. */
  readonly records = new Map<string, CareRecord>();
  /** What was done, in its order: `defragment h2`. */
  readonly done: string[] = [];
  held: LockRecord | undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, data: Omit<Data, "told">) {
    super();
    this.#clock = clock;
    const told = { ...data, told: data.inUse };
    this.data = { h1: { ...told }, h2: { ...told }, h3: { ...told } };
  }

  /** What may go once somebody compacts. */
  delete(inUse: number): void {
    this.newestRevision += 1;
    this.#inUseOnceCompacted = inUse;
  }

  /** Without space: nothing is written afterwards, so nobody says that less is in use now. */
  compact(inUse: number): void {
    this.newestRevision += 1;
    this.oldestRevision = this.newestRevision;
    for (const name of names) this.data[name].inUse = inUse;
  }

  host(name: Name): CareHost {
    return {
      look: async () => Promise.resolve(this.#look(name)),
      keep: async (kept) =>
        this.#call(`keep ${name}`, () => {
          this.records.set(name, kept);
        }),
      defragment: async () =>
        this.#call(`defragment ${name}`, () => {
          const { inUse } = this.data[name];
          this.data[name] = { size: inUse, inUse, told: inUse };
        }),
      compact: async (revision) =>
        this.#call(`compact ${name}`, () => {
          if (revision <= this.oldestRevision) return;
          this.oldestRevision = revision;
          for (const each of names) this.data[each].inUse = this.#inUseOnceCompacted ?? this.data[each].inUse;
        }),
      disarm: async (id) =>
        this.#call(`disarm ${name}`, () => {
          this.alarms = this.alarms.filter(({ memberId, alarm }) => memberId !== id || alarm !== "NOSPACE");
        }),
      lock: this.#lock(name),
    };
  }

  #look(name: Name): CareSeen {
    const members = names.map((each) => {
      const { size: sizeBytes, told: inUseBytes } = this.data[each];
      const well = this.silent.has(each) ? undefined : { sizeBytes, inUseBytes, isLeader: each === this.leader };
      return { id: each, name: each, isLearner: false, well };
    });
    return {
      self: name,
      host: name,
      members,
      alarms: [...this.alarms],
      quotaBytes: this.quotaBytes,
      oldestRevision: lacksSpace(this) ? this.oldestRevision : undefined,
      newestRevision: lacksSpace(this) ? this.newestRevision : undefined,
      compacts: this.compacts,
      lock: { holder: this.held },
      isBackedUpNow: false,
      record: this.records.get(name) ?? {},
      now: this.#clock.now(),
      everyMs: 24 * 3_600_000,
    };
  }

  #lock(name: Name): CareHost["lock"] {
    const since = (): number => this.#clock.now();
    return {
      take: async ({ component, name: container }) =>
        this.#call(`take ${name}`, () => {
          const wanted = { host: name, component, container, since: since(), nonce: `${name} ${since()}` };
          // etcd without space takes no keys
          const isFull = this.alarms.some(({ alarm }) => alarm === "NOSPACE");
          if (isFull || (this.held !== undefined && standsAgainst(this.held, wanted)))
            throw new FlexkubeError("STEP_WAITING", "a step waits for other hosts", { reason: "taken" });
          this.held = wanted;
        }),
      check: async () => Promise.resolve(),
      free: async ({ container }) =>
        this.#call(`free ${name}`, () => {
          if (this.held?.host === name && this.held.container === container) this.held = undefined;
        }),
      close: async () => Promise.resolve(),
    };
  }

  async #call(call: string, act: () => void): Promise<void> {
    return this.call(() => {
      act();
      this.done.push(call);
    });
  }
}
