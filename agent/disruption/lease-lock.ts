// The disruption lock as a Kubernetes Lease, for clusters whose etcd is somebody else's. Hosts' clocks are not compared: a
// holder counts as dead when this process has seen no renewal for a whole lease.
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import { textAt } from "#shared/json-fields.ts";
import { readLease, writeLease } from "#agent/kubernetes/lease-object.ts";
import { versionOf } from "#agent/kubernetes/lease-sightings.ts";
import type { Sightings } from "#agent/kubernetes/lease-sightings.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import { isOf, rememberedAfter, standsAgainst } from "./disruption-lock.ts";
import type { DisruptionLock, FreeRequest, Grant, LockCall, LockRecord } from "./disruption-lock.ts";
import { readFailed, readRecord } from "./lock-record.ts";

export type LeaseLockOptions = {
  readonly api: DesiredApi;
  readonly ttlMs: number;
  readonly connect: ConnectKubernetes;
  readonly clock: Clock;
  /** What was seen of it, kept from one lock to the next. */
  readonly sightings: Sightings;
};

const name = "flexkube-disruption";
const recordKey = "flexkube/holder";
const failedKey = "flexkube/failed";
const attempts = 3;

type Seen = {
  /** The Lease as it was read. */
  readonly found: unknown;
  /** As written, whether its lease has ended or not. */
  readonly record: LockRecord | undefined;
  readonly isAlive: boolean;
  readonly failed: ReturnType<typeof readFailed>;
};
type Wanted = Pick<Seen, "record" | "failed">;

export function createLeaseLock(options: LeaseLockOptions): DisruptionLock {
  return {
    read: async (call) => {
      const seen = await read(options, call);
      return { holder: seen.isAlive ? seen.record : undefined, failed: seen.failed };
    },
    take: async (record, call) => take(options, record, call),
    keep: async (grant, call) => {
      const seen = await read(options, call);
      return (
        seen.record?.nonce === grant.token && (await write(options, seen, { ...seen, record: grant.record }, call))
      );
    },
    holds: async (grant, call) => {
      const seen = await read(options, call);
      return seen.isAlive && seen.record?.nonce === grant.token;
    },
    free: async (request, call) => free(options, request, call),
  };
}

async function take(options: LeaseLockOptions, record: LockRecord, call: LockCall): Promise<Grant | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const seen = await read(options, call);
    const isOthers = seen.isAlive && seen.record !== undefined && standsAgainst(seen.record, record);
    if (isOthers) return undefined;
    if (await write(options, seen, { ...seen, record }, call)) return { record, token: record.nonce, lease: name };
  }
  return undefined;
}

async function free(options: LeaseLockOptions, request: FreeRequest, call: LockCall): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const seen = await read(options, call);
    const isOurs = isOf(seen.record, request);
    const failed = rememberedAfter(seen.failed, request);
    if (!isOurs && failed === seen.failed) return;
    const record = isOurs ? undefined : seen.record;
    if ((await write(options, seen, { record, failed }, call)) || attempt >= attempts) return;
  }
}

async function read({ api, connect, sightings, ttlMs }: LeaseLockOptions, call: LockCall): Promise<Seen> {
  const found = await readLease(connect(api), name, signalOf(call));
  if (found === undefined) return { found, record: undefined, isAlive: false, failed: [] };
  const record = readRecord(
    textAt(found, "spec", "holderIdentity") === "" ? undefined : textAt(found, "metadata", "annotations", recordKey),
  );
  const failed = readFailed(textAt(found, "metadata", "annotations", failedKey) || undefined);
  return { found, record, failed, isAlive: sightings.of(name).isAlive(versionOf(found), ttlMs) };
}

/** False when somebody was faster, or took the Lease away. */
async function write(
  { api, connect, clock, ttlMs: durationMs }: LeaseLockOptions,
  { found, record: before }: Seen,
  { record, failed }: Wanted,
  call: LockCall,
): Promise<boolean> {
  const annotations = {
    ...(record === undefined ? {} : { [recordKey]: JSON.stringify(record) }),
    ...(failed.length === 0 ? {} : { [failedKey]: JSON.stringify(failed) }),
  };
  const isTaken = record !== undefined && record.nonce !== before?.nonce;
  const wish = { name, found, holder: record?.host ?? "", annotations, durationMs, clock, isTaken };
  try {
    await writeLease(connect(api), wish, signalOf(call));
    return true;
  } catch (error) {
    if (isFlexkubeError(error, "KUBERNETES_CONFLICT") || isFlexkubeError(error, "KUBERNETES_NOT_FOUND")) return false;
    throw error;
  }
}

function signalOf({ signal = new AbortController().signal }: LockCall): AbortSignal {
  return signal;
}
