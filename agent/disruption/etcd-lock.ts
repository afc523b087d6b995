// The disruption lock in etcd: one key with a lease, and one with what failed.
import type { EtcdGateway } from "#agent/etcd/gateway.ts";
import type { DisruptionSeen } from "#shared/state/observed.ts";
import { base64, rangeIn, txnIn, leaseIn, timeToLiveIn } from "#agent/etcd/key-answers.ts";
import type { KeyValue } from "#agent/etcd/key-answers.ts";
import { readFailed, readRecord } from "./lock-record.ts";
import { isOf, rememberedAfter, standsAgainst } from "./disruption-lock.ts";
import type { DisruptionLock, FreeRequest, Grant, LockCall, LockRecord } from "./disruption-lock.ts";

/** One call, with all its endpoints. */
const callDeadlineMs = 6000;
/** Somebody else's change in between is rare; three in a row are not met. */
const attempts = 3;

type Place = { readonly gateway: EtcdGateway; readonly prefix: string; readonly ttlMs: number };

/** The lock below a prefix, which ends with a slash. */
export function createEtcdLock(
  gateway: EtcdGateway,
  about: { readonly prefix: string; readonly ttlMs: number },
): DisruptionLock {
  const place = { gateway, ...about };
  return {
    read: async (options) => read(place, options),
    take: async (record, options) => take(place, record, options),
    keep: async (grant, options) =>
      timeToLiveIn(await call(place, "lease/keepalive", { ID: grant.lease }, options)) > 0,
    holds: async (grant, options) => (await entries(place, options)).lock?.modRevision === grant.token,
    free: async (request, options) => free(place, request, options),
  };
}

async function call(place: Place, method: string, body: object, { signal }: LockCall): Promise<unknown> {
  return place.gateway.call(method, body, { signal, deadlineMs: callDeadlineMs });
}

type Entries = { readonly lock?: KeyValue | undefined; readonly failed?: KeyValue | undefined };

async function entries(place: Place, options: LockCall): Promise<Entries> {
  const { prefix } = place;
  // "0" follows "/"
  const end = `${prefix.slice(0, -1)}0`;
  const found = rangeIn(await call(place, "kv/range", { key: base64(prefix), range_end: base64(end) }, options));
  return {
    lock: found.find(({ key }) => key === `${prefix}lock`),
    failed: found.find(({ key }) => key === `${prefix}failed`),
  };
}

async function read(place: Place, options: LockCall): Promise<DisruptionSeen> {
  const { lock, failed } = await entries(place, options);
  const record = readRecord(lock?.value);
  const holder =
    record === undefined
      ? undefined
      : { host: record.host, component: record.component, container: record.container, since: record.since };
  return { holder, failed: readFailed(failed?.value) };
}

async function take(place: Place, record: LockRecord, options: LockCall): Promise<Grant | undefined> {
  const granted = await call(place, "lease/grant", { TTL: String(Math.ceil(place.ttlMs / 1000)) }, options);
  const lease = leaseIn(granted);
  const key = base64(`${place.prefix}lock`);
  const put = { request_put: { key, value: base64(JSON.stringify(record)), lease } };
  let before: string | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const isAsBefore =
      before === undefined
        ? { key, target: "CREATE", result: "EQUAL", create_revision: "0" }
        : { key, target: "MOD", result: "EQUAL", mod_revision: before };
    const body = { compare: [isAsBefore], success: [put], failure: [{ request_range: { key } }] };
    const { succeeded, revision, ranges } = txnIn(await call(place, "kv/txn", body, options));
    if (succeeded) return { record, token: revision, lease };
    const found = ranges[0];
    const holder = readRecord(found?.value);
    // a call whose answer was lost has been done
    if (found !== undefined && holder?.nonce === record.nonce) return { record, token: found.modRevision, lease };
    if (holder !== undefined && standsAgainst(holder, record)) break;
    before = found?.modRevision;
  }
  await call(place, "lease/revoke", { ID: lease }, options);
  return undefined;
}

async function free(place: Place, request: FreeRequest, options: LockCall): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { lock, failed } = await entries(place, options);
    const record = readRecord(lock?.value);
    const isOurs = isOf(record, request);
    const known = readFailed(failed?.value);
    const remembered = rememberedAfter(known, request);
    if (!isOurs && remembered === known) return;
    const keys = { lock: base64(`${place.prefix}lock`), failed: base64(`${place.prefix}failed`) };
    const unchanged = (key: string, found: KeyValue | undefined): object => ({
      key,
      target: "MOD",
      result: "EQUAL",
      mod_revision: found?.modRevision ?? "0",
    });
    const put = { request_put: { key: keys.failed, value: base64(JSON.stringify(remembered)) } };
    const body = {
      compare: [...(isOurs ? [unchanged(keys.lock, lock)] : []), unchanged(keys.failed, failed)],
      success: [
        ...(isOurs ? [{ request_delete_range: { key: keys.lock } }] : []),
        ...(remembered === known ? [] : [put]),
      ],
    };
    const { succeeded } = txnIn(await call(place, "kv/txn", body, options));
    if (succeeded || attempt >= attempts) return;
  }
}
