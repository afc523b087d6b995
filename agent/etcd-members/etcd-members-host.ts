// Changes of real members: through etcd's gateway, wherever it answers, and the disruption lock.
import type { Logger } from "pino";
import type { Disruption } from "#agent/disruption/disruption.ts";
import { base64, rangeIn, txnIn } from "#agent/disruption/etcd-answers.ts";
import type { KeyValue } from "#agent/disruption/etcd-answers.ts";
import { createHeldLock } from "#agent/disruption/held-lock.ts";
import { lacksField } from "#agent/etcd/answer-fields.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { EtcdGateway } from "#agent/etcd/gateway.ts";
import { at } from "#agent/http/json-fields.ts";
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

export type EtcdMembersOptions = Parameters<HostForMembers>[1] & {
  readonly rule: EtcdMembersRule;
  readonly disruption: Disruption;
  readonly clock: Clock;
  readonly log: Logger;
  readonly nonce: () => string;
};

type Looked = { readonly seen: ListSeen; readonly entry: KeyValue | undefined };

export function etcdMembersHost(options: EtcdMembersOptions): MembersHost {
  const { rule, signal } = options;
  let last: Looked | undefined;
  /** Of the last look: whoever has answered it is asked first. */
  const gateway = (): EtcdGateway => {
    const first = last === undefined ? [] : [last.seen.endpoint];
    return createEtcdGateway({ endpoints: [...new Set([...first, ...rule.endpoints])], tls: rule.tls });
  };
  return {
    look: async () => {
      const seen = await lookAtList(rule, { inSync: options.memory.inSync, signal });
      if ("silence" in seen) {
        last = undefined;
        options.memory.wellSince = undefined;
        return { ...unseen(rule), silence: seen.silence };
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

function unseen({ self, wish }: EtcdMembersRule): MembersSeen {
  return { self, wish, list: undefined, known: undefined, corrupt: [], isSafeForTwo: false };
}

function seenOf({ rule, memory, clock, backedUpAt }: EtcdMembersOptions, { seen, entry }: Looked): MembersSeen {
  const now = wallTime(clock).epochMs;
  const isWell = seen.list.every((member) => member.isWell);
  memory.inSync = seen.close;
  memory.wellSince = isWell ? (memory.wellSince ?? now) : undefined;
  return {
    ...unseen(rule),
    list: seen.list,
    known: entry === undefined ? undefined : knownIn(entry),
    corrupt: seen.corrupt,
    isSafeForTwo:
      memory.wellSince !== undefined &&
      now - memory.wellSince >= wellForMs &&
      backedUpAt !== undefined &&
      now - backedUpAt <= backupAgeMs,
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

/** What nobody of ours has written stops every change: it may be of a later agent. */
function knownIn({ key, value }: KeyValue): NonNullable<MembersSeen["known"]> {
  const said = parsed(value);
  const [generation, digest] = [at(said, "generation"), at(said, "digest")];
  if (typeof generation !== "number" || typeof digest !== "string") throw lacksField(key, value);
  return { generation, digest };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
    success: [{ request_put: { key, value: base64(JSON.stringify({ generation, digest })) } }],
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
