// Changes of real members: through etcd's gateway, wherever it answers, and the disruption lock.
import type { Log } from "#agent/log/round-log.ts";
import type { Disruption } from "#agent/disruption/disruption.ts";
import { base64, rangeIn, txnIn } from "#agent/etcd/key-answers.ts";
import type { KeyValue } from "#agent/etcd/key-answers.ts";
import { createHeldLock } from "#agent/disruption/held-lock.ts";
import { lacksField } from "#agent/etcd/answer-fields.ts";
import { createCallAt } from "#agent/etcd/ask-members.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { EtcdGateway } from "#agent/etcd/gateway.ts";
import { at, parsedJson } from "#shared/json-fields.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { wallTime } from "#shared/clock.ts";
import type { Clock } from "#shared/clock.ts";
import type { MembersCall, MembersSeen } from "#shared/etcd-members/members-seen.ts";
import type { EtcdMembersRule } from "#shared/state/etcd-members-rule.ts";
import type { HostForMembers, MembersHost } from "./members-host.ts";
import { lookAtList } from "./look-at-list.ts";
import type { ListSeen } from "./look-at-list.ts";

const deadlineMs = 10_000;
/** What the step from two members to one needs. */
const wellForMs = 60_000;
const backupAgeMs = 3_600_000;
/** Longer than a start, a defragmentation of a small file or a new leader takes. */
const goneAfterMs = 15_000;

export type EtcdMembersOptions = Parameters<HostForMembers>[1] & {
  readonly rule: EtcdMembersRule;
  readonly disruption: Disruption;
  readonly clock: Clock;
  readonly log: Log;
  readonly nonce: () => string;
};

type Looked = { readonly seen: ListSeen; readonly entry: KeyValue | undefined };

export function etcdMembersHost(options: EtcdMembersOptions): MembersHost {
  const { rule, memory, signal } = options;
  let last: Looked | undefined;
  /** Of the last look: whoever has answered it is asked first. */
  const gateway = (): EtcdGateway => {
    const first = last === undefined ? [] : [last.seen.endpoint];
    return createEtcdGateway({ endpoints: [...new Set([...first, ...rule.endpoints])], tls: rule.tls });
  };
  return {
    look: async () => {
      const seen = await lookAtList({ ...rule, told: memory.told }, createCallAt(rule.tls, signal), signal);
      memory.told = "silence" in seen ? undefined : seen.endpoint;
      if ("silence" in seen) {
        last = undefined;
        memory.wellSince = undefined;
        return { ...unseen(options), silence: seen.silence };
      }
      const entry = await readEntry(rule, seen.endpoint, signal);
      last = { seen, entry };
      return seenOf(options, last);
    },
    remember: async () => remember(gateway(), options, last?.entry),
    change: async (call) => {
      const { method, body } = requestOf(call);
      const asked = call.kind === "moveLeader" ? leaderGateway(rule, last, call.leader) : gateway();
      await asked.call(method, body, { signal, deadlineMs });
    },
    lock: createHeldLock(options),
  };
}

function unseen({ rule, obstacle }: EtcdMembersOptions): MembersSeen {
  const { self, wish } = rule;
  return {
    self,
    wish,
    obstacle,
    key: keyOf(rule),
    list: undefined,
    known: undefined,
    corrupt: [],
    isSafeForTwo: false,
  };
}

function seenOf(options: EtcdMembersOptions, { seen, entry }: Looked): MembersSeen {
  const { rule, memory, clock, backedUpAt } = options;
  const now = clock.now();
  const isWell = seen.list.every((member) => member.isWell);
  const silent = seen.list.filter((member) => !member.isWell);
  const silentSince = new Map(silent.map(({ id }) => [id, memory.silentSince.get(id) ?? now]));
  const list = seen.list.map((member) => ({
    ...member,
    isInSync: seen.close.has(member.id) && memory.inSync.has(member.id),
    isGone: now - (silentSince.get(member.id) ?? now) >= goneAfterMs,
  }));
  memory.inSync = seen.close;
  memory.silentSince = silentSince;
  memory.wellSince = isWell ? (memory.wellSince ?? now) : undefined;
  return {
    ...unseen(options),
    list,
    clusterId: seen.clusterId,
    known: entry === undefined ? undefined : knownIn(entry, rule.token),
    corrupt: seen.corrupt,
    isSafeForTwo:
      memory.wellSince !== undefined &&
      now - memory.wellSince >= wellForMs &&
      backedUpAt !== undefined &&
      wallTime(clock).epochMs - backedUpAt <= backupAgeMs,
  };
}

/** Where etcd itself keeps by which wish its members were changed last. */
function keyOf({ cluster }: EtcdMembersRule): string {
  return `/flexkube/${cluster}/members`;
}

async function readEntry(rule: EtcdMembersRule, endpoint: string, signal: AbortSignal): Promise<KeyValue | undefined> {
  const gateway = createEtcdGateway({ endpoints: [endpoint], tls: rule.tls });
  const [found] = rangeIn(await gateway.call("kv/range", { key: base64(keyOf(rule)) }, { signal, deadlineMs }));
  return found;
}

/**
 * What nobody of ours has written stops every change: it may be of a later agent. An entry that came with a snapshot is of the cluster
 * before, which had another token.
 */
function knownIn({ key, value }: KeyValue, ours: string): MembersSeen["known"] {
  const said = parsedJson(value);
  const [generation, digest, token] = [at(said, "generation"), at(said, "digest"), at(said, "token")];
  if (typeof generation !== "number" || typeof digest !== "string" || typeof token !== "string")
    throw lacksField(key, value);
  return token === ours ? { generation, digest } : undefined;
}

async function remember(
  gateway: EtcdGateway,
  options: EtcdMembersOptions,
  before: KeyValue | undefined,
): Promise<void> {
  const { rule, signal } = options;
  const { generation, digest } = rule.wish;
  const key = base64(keyOf(rule));
  const body = {
    compare: [{ key, target: "MOD", result: "EQUAL", mod_revision: before?.modRevision ?? "0" }],
    success: [{ request_put: { key, value: base64(JSON.stringify({ generation, digest, token: rule.token })) } }],
  };
  const { succeeded } = txnIn(await gateway.call("kv/txn", body, { signal, deadlineMs }));
  if (!succeeded)
    throw new FlexkubeError("STEP_WAITING", "a step waits for other hosts", {
      reason: "another host has changed etcd's members",
    });
}

type Request = { readonly method: string; readonly body: object };

function requestOf(call: MembersCall): Request {
  switch (call.kind) {
    case "add":
      return { method: "cluster/member/add", body: { peerURLs: [call.peerUrl], isLearner: true } };
    case "promote":
      return { method: "cluster/member/promote", body: { ID: call.id } };
    case "update":
      return { method: "cluster/member/update", body: { ID: call.id, peerURLs: [call.peerUrl] } };
    case "remove":
      return { method: "cluster/member/remove", body: { ID: call.id } };
    case "moveLeader":
      return { method: "maintenance/transfer-leadership", body: { targetID: call.to } };
  }
}

/** Only the leader itself can hand over. */
function leaderGateway({ tls }: EtcdMembersRule, last: Looked | undefined, leader: string): EtcdGateway {
  const urls = last?.seen.list.find(({ id }) => id === leader)?.clientUrls ?? [];
  return createEtcdGateway({ endpoints: urls, tls });
}
