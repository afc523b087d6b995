// What values of etcd's flags may be beyond their type, and beside each other: etcd ends at others when it starts, or nothing can
// be written to it afterwards. From the programs of 3.5 to 3.7 (etcd-flag-domains.e2e.test.ts asks them).
import type { Fault } from "#shared/schema/types/domain.ts";
import { ownValue } from "#shared/own-value.ts";
import * as is from "./value-domains.ts";
import { falseWord, trueWord } from "#shared/bool-words.ts";

const onOff = is.exactly("true", "false");
const tls = is.oneOf("TLS1.2", "TLS1.3");
const unlimited: is.ValueDomain = () => undefined;
const moreThanNothing = is.lasting("1ns");
const largestUint32 = 4_294_967_295;
const mebibyte = 2 ** 20;

/** Below it, what API servers write does not fit, and what ends a start: members tell each other of themselves in such a request. */
const leastRequest = 65_536;
/** Transactions of API servers and of the disruption lock have several. */
const leastOperations = 16;

const level: is.ValueDomain = (value) =>
  is.exactly("debug", "info", "warn", "error", "dpanic", "panic", "fatal")(String(value).toLowerCase());

const retention: is.ValueDomain = (value) => {
  const text = String(value);
  const isGood = text === "" || /^[0-9]{1,18}$/.test(text) || (is.goDuration(text) ?? -1) >= 0;
  return isGood
    ? undefined
    : { problem: `${is.shown(value)} says no time`, hint: "hours such as 8, or a duration such as 30m" };
};

/** A member has no key files but those of TLS. */
const token = is.matching(/^(simple(,[^=,]+=[^,]*)*)?$/, "simple: no key for other tokens can be given to a member");

const origins = is.matching(
  /^(\*|https?:\/\/(\[[0-9A-Fa-f:.]+\]|[^\s,/:]+):[0-9]{1,5}(,https?:\/\/(\[[0-9A-Fa-f:.]+\]|[^\s,/:]+):[0-9]{1,5})*)$/,
  "URLs with a port and without a path, with commas between them, or *",
);

/** Agents read members and take the disruption lock through it. */
const gateway: is.ValueDomain = (value) =>
  trueWord.test(String(value))
    ? undefined
    : { problem: "agents ask members through it", hint: "leave it on, as it is by default" };

const pinned: is.ValueDomain = (value) =>
  falseWord.test(String(value))
    ? undefined
    : { problem: "the container has no right to pin memory", hint: "remove it" };

const domains: Readonly<Record<string, is.ValueDomain>> = {
  "auth-token": token,
  "auto-compaction-mode": is.exactly("periodic", "revision"),
  "auto-compaction-retention": retention,
  "backend-bbolt-freelist-type": is.oneOf("array", "map"),
  "bcrypt-cost": is.within(4, 31),
  "compact-hash-check-time": moreThanNothing,
  cors: origins,
  "distributed-tracing-sampling-rate": is.within(0, 1_000_000),
  "election-timeout": is.within(1, 50_000),
  "enable-grpc-gateway": gateway,
  "heartbeat-interval": is.positive,
  "log-format": is.oneOf("json", "console"),
  "log-level": (value) => (value === "" ? undefined : level(value)),
  "max-concurrent-streams": is.within(0, largestUint32),
  "max-request-bytes": is.within(leastRequest, largestUint32),
  "max-txn-ops": is.within(leastOperations, Number.MAX_SAFE_INTEGER),
  "memory-mlock": pinned,
  metrics: is.oneOf("basic", "extensive"),
  // nought: etcd's own 2 GiB; less: none. A full one takes no more writes, and more than can be mapped ends etcd
  "quota-backend-bytes": (value) =>
    Number(value) <= 0 ? undefined : is.within(16 * mebibyte, mebibyte * mebibyte)(value),
  "tls-max-version": tls,
  "tls-min-version": tls,
};

type Flag = { readonly version: string | undefined; readonly flag: string; readonly type: string | undefined };

/** A value of the flag's type that etcd does not take all the same, or that flexkube cannot work with. */
export function wrongEtcdValue({ version, flag, type }: Flag, value: string): Fault | undefined {
  const plain = flag.replace(/^experimental-/, "");
  if (plain === "feature-gates") return wrongGates(version, value);
  if (plain === "v2-deprecation") return deprecation(version)(value);
  const domain = ownValue(domains, plain) ?? (type === undefined ? unlimited : ownValue(byType, type));
  return domain?.(value);
}

const byType: Readonly<Record<string, is.ValueDomain>> = { int: is.notNegative, duration: is.lasting() };

function deprecation(version: string | undefined): is.ValueDomain {
  const since36 = ["write-only", "write-only-drop-data", "gone"];
  return is.exactly(...(version === "3.5" ? ["not-yet", ...since36] : since36));
}

const gatesOf36 =
  `AllAlpha AllBeta CompactHashCheck InitialCorruptCheck LeaseCheckpoint LeaseCheckpointPersist SetMemberLocalAddr
  StopGRPCServiceOnDefrag TxnModeWriteWithSharedBuffer`.split(/\s+/);
const gates: Readonly<Record<string, readonly string[]>> = {
  "3.6": gatesOf36,
  "3.7": [...gatesOf36, "FastLeaseKeepAlive", "PriorityRequest"],
};

/** Names of the feature gates of a minor version; undefined where they are not known. */
export function etcdGates(version: string): readonly string[] | undefined {
  return ownValue(gates, version);
}

function wrongGates(version: string | undefined, value: string): Fault | undefined {
  const known = version === undefined ? undefined : etcdGates(version);
  return is.mapOf(known === undefined ? unlimited : is.exactly(...known), onOff)(value);
}

/** Flags of one member as etcd takes them: the last of equal ones. */
export type EtcdValues = ReadonlyMap<string, string>;

/** What else of the member it must fit. */
export type EtcdFacts = { readonly dataDirectory: string; readonly hasCipherSuites: boolean };

/** Values that do not fit each other; `flag` is the one to tell it at. */
export function unfitEtcdValues(values: EtcdValues, facts: EtcdFacts): readonly (Fault & { readonly flag: string })[] {
  return [...unfitTimes(values), ...unfitLogs(values, facts), ...unfitTls(values, facts), ...unfitNames(values)];
}

type Unfit = readonly (Fault & { readonly flag: string })[];

const defaultHeartbeat = 100;
const defaultElection = 1000;
const leastFactor = 5;

function unfitTimes(values: EtcdValues): Unfit {
  const heartbeat = Number(values.get("heartbeat-interval") ?? defaultHeartbeat);
  const election = Number(values.get("election-timeout") ?? defaultElection);
  if (election >= leastFactor * heartbeat) return [];
  const flag = values.has("election-timeout") ? "election-timeout" : "heartbeat-interval";
  const problem = `an election timeout of ${election} ms is less than five heartbeat intervals of ${heartbeat} ms`;
  return [{ flag, problem, hint: `give --election-timeout at least ${leastFactor * heartbeat}` }];
}

/** Nothing of its container can be written but the data directory, and there is no journal. */
function unfitLogs(values: EtcdValues, { dataDirectory }: EtcdFacts): Unfit {
  const outputs = values.get("log-outputs")?.split(",");
  const flag = "log-outputs";
  const isFile = (output: string): boolean => output.startsWith(`${dataDirectory}/`) && !output.includes("/..");
  const strange = outputs?.find((output) => !["default", "stdout", "stderr"].includes(output) && !isFile(output));
  if (strange !== undefined)
    return [{ flag, problem: `etcd cannot write to ${is.shown(strange)} in its container`, hint: "stderr or stdout" }];
  if (outputs !== undefined && outputs.length > 1 && outputs.includes("default"))
    return [{ flag, problem: "default stands alone", hint: "stderr or stdout" }];
  const rotates = trueWord.test(values.get("enable-log-rotation") ?? "false");
  return rotates && (outputs?.length !== 1 || !isFile(outputs[0] ?? ""))
    ? [{ flag: "enable-log-rotation", problem: "only a file is rotated", hint: "Docker does it: use log" }]
    : [];
}

function unfitTls(values: EtcdValues, { hasCipherSuites }: EtcdFacts): Unfit {
  const [least, most] = [values.get("tls-min-version"), values.get("tls-max-version")];
  if (least !== "TLS1.3") return [];
  if (most === "TLS1.2") return [{ flag: "tls-max-version", problem: "TLS1.2 is below --tls-min-version, TLS1.3" }];
  return hasCipherSuites
    ? [{ flag: "tls-min-version", problem: "cipher suites are chosen only with TLS 1.2", hint: "set cipherSuites: []" }]
    : [];
}

function unfitNames(values: EtcdValues): Unfit {
  const twice = [...values.keys()].filter((flag) => values.has(`experimental-${flag}`));
  const both = twice.map((flag) => ({
    flag: `experimental-${flag}`,
    problem: `--${flag} is there too`,
    hint: "remove one of the two",
  }));
  const switches = new Map(
    (values.get("feature-gates") ?? "")
      .split(",")
      .map((pair) => pair.split("=", 2))
      .map(([a = "", b = ""]) => [a, b]),
  );
  const has = (gate: string, flag: string): boolean =>
    switches.get(gate) === "true" || switches.get("AllAlpha") === "true" || trueWord.test(values.get(flag) ?? "false");
  const persists =
    switches.get("LeaseCheckpointPersist") === "true"
      ? "feature-gates"
      : "experimental-enable-lease-checkpoint-persist";
  return has("LeaseCheckpointPersist", "experimental-enable-lease-checkpoint-persist") &&
    !has("LeaseCheckpoint", "experimental-enable-lease-checkpoint")
    ? [...both, { flag: persists, problem: "LeaseCheckpointPersist needs LeaseCheckpoint", hint: "switch that on too" }]
    : both;
}
