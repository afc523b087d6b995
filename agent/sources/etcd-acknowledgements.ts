// What hosts say in etcd of their host configs: a key each. Written beside the ticks, read when somebody asks for it.
import type { EtcdGateway } from "#agent/etcd/gateway.ts";
import { base64, rangeIn } from "#agent/etcd/key-answers.ts";
import type { Log } from "#agent/log/round-log.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { EtcdKeys } from "#shared/state/desired.ts";

/** One call, with all its endpoints. */
const callDeadlineMs = 6000;
/** Whoever looks waits for it. */
const readDeadlineMs = 2000;
/** A cluster that began anew from a snapshot may have an older word, or none. */
const againAfterMs = 3_600_000;
/** More than the hosts that any etcd or control plane has. */
const maxHosts = 200;

export type ConnectEtcd = (keys: Pick<EtcdKeys, "endpoints" | "tls">) => EtcdGateway;

export type EtcdAcknowledger = {
  /** What cannot be written is written after a later tick. */
  readonly tell: (keys: EtcdKeys, host: string, text: string) => void;
  /** Resolves when nothing is under way. */
  readonly close: () => Promise<void>;
};

/** A word is written when it is another one, and once an hour when it does not stand there any more. */
export function createEtcdAcknowledger(
  connect: ConnectEtcd,
  about: { readonly clock: Clock; readonly log: Pick<Log, "debug">; readonly signal: AbortSignal },
): EtcdAcknowledger {
  const { clock, log, signal } = about;
  let running: Promise<void> | undefined;
  let told: { readonly key: string; readonly text: string; readonly at: number } | undefined;
  const write = async (keys: EtcdKeys, key: string, text: string): Promise<void> => {
    try {
      await connect(keys).call("kv/txn", putUnlessThere(key, text), { signal, deadlineMs: callDeadlineMs });
      told = { key, text, at: clock.now() };
    } catch (error) {
      if (signal.aborted) return;
      if (!isFlexkubeError(error)) throw error;
      log.debug({ err: error, details: error.details }, "what became of the host config cannot be told in etcd");
    }
  };
  return {
    tell: (keys, host, text) => {
      const key = `${keys.prefix}${host}`;
      const isTold = told?.key === key && told.text === text && clock.now() - told.at < againAfterMs;
      if (running !== undefined || isTold || signal.aborted) return;
      running = write(keys, key, text).finally(() => (running = undefined));
    },
    close: async () => running,
  };
}

/** What all hosts say, host by host; nothing when etcd does not answer in time. Rejects only with the signal's reason. */
export async function readAcknowledgements(
  gateway: EtcdGateway,
  prefix: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  // "0" follows "/"
  const body = { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`), limit: String(maxHosts) };
  try {
    const found = rangeIn(await gateway.call("kv/range", body, { signal, deadlineMs: readDeadlineMs }));
    return new Map(found.map(({ key, value }) => [key.slice(prefix.length), value]));
  } catch (error) {
    signal?.throwIfAborted();
    if (!isFlexkubeError(error)) throw error;
    return new Map();
  }
}

/** One call that makes no revision of etcd where the word stands already. */
function putUnlessThere(key: string, text: string): object {
  const pair = { key: base64(key), value: base64(text) };
  return { compare: [{ ...pair, target: "VALUE", result: "EQUAL" }], failure: [{ request_put: pair }] };
}
