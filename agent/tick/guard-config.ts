// Whether a host config is meant for this host, and newer than what it has had. Pure.
import type { Delivered, DeliveryRecord, Origin } from "#shared/delivery/delivery-record.ts";
import { origins } from "#shared/delivery/delivery-record.ts";
import { canonical } from "#shared/canonical.ts";
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import type { Problem } from "#shared/errors.ts";
import type { Refusal } from "#shared/sealed/refusal.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** A host config that is right in itself, with its text and what that says of its origin. */
export type Known = {
  readonly text: string;
  readonly config: HostConfig;
  readonly origin: Origin;
  /** `contentKey` of the text; found out once, when it is asked for. */
  readonly digest: () => string;
};

/** What the agent was told of its host, and what the host itself says. */
export type Place = {
  /** Shown in problems. */
  readonly name: string;
  /** The host this agent was told it is on. */
  readonly host?: string | undefined;
  /** Of all the host's interfaces; undefined when they cannot be told, and nothing is checked. */
  readonly addresses?: (() => readonly string[] | undefined) | undefined;
};

export type Past = { readonly kept: Known | undefined; readonly record: DeliveryRecord | undefined };

/** How many addresses of a host are named. */
const shownAddresses = 8;

/** Whence a whole document comes; a broken one is refused before. */
export function originOf(text: string, { agent }: Pick<HostConfig, "agent">): Origin {
  if (agent.delivery !== undefined) return "signed";
  const { by } = deliveryOf(text);
  return by === "broken" ? "hand" : by;
}

/** Why a config that did not come sealed is not taken: whom to believe was said once. What was in force comes back as it is. */
export function notSealed(
  given: Known,
  { kept, record }: Past,
  by: { readonly wasSealed: boolean; readonly acceptUnsealed: boolean },
): Refusal | undefined {
  if (by.wasSealed || by.acceptUnsealed || record?.origin !== "signed" || given.text === kept?.text) return undefined;
  // with all state lost, the containers still tell what it was
  const isKnown = record.generation === given.config.generation && record.digest === given.digest();
  if (kept === undefined && isKnown) return undefined;
  return {
    code: "SEALED_REQUIRED",
    reason: "it is not sealed, and this host has had a config that says who signs those that follow",
    hint: `deliver sealed/${record.host}.age, or take this one by hand: flexkube-agent apply --accept-unsealed`,
  };
}

/** Why the config is not meant for the machine that the agent runs on. */
export function notForThisHost({ host, address }: HostConfig, place: Place): Problem | undefined {
  const { name: file } = place;
  if (place.host !== undefined && host !== place.host)
    return {
      path: "host",
      problem: `this host is ${place.host}, the config is for ${host}`,
      hint:
        place.host.toLowerCase() === host
          ? `start the agent with --host ${host}`
          : `deliver hosts/${place.host}.yaml, or start the agent with this machine's name in the cluster config`,
      file,
    };
  // every machine has all of 127.0.0.0/8
  const own = address === undefined || address.startsWith("127.") ? undefined : place.addresses?.();
  if (address === undefined || own === undefined || own.some((each) => normal(each) === normal(address)))
    return undefined;
  return {
    path: "address",
    problem: `this host has ${shown(own)}; the config of ${host} is for ${address}: is this ${host}'s machine?`,
    hint: "nothing is started; deliver this machine's own config, or say in the cluster config what its interfaces have (ownAddress)",
    file,
  };
}

function shown(own: readonly string[]): string {
  const telling = own.filter((each) => !/^(?:127\.|::1$|fe80:)/i.test(each));
  const more = telling.length - shownAddresses;
  const listed = telling.slice(0, shownAddresses).join(", ");
  return telling.length === 0 ? "no address yet" : more > 0 ? `${listed} and ${more} more` : listed;
}

/** Why the config must not follow on what was in force. */
export function notAfter(
  given: Known,
  past: Past,
  source: { readonly name: string; readonly allowOlder: boolean },
): Problem | undefined {
  const { kept } = past;
  const { name: file } = source;
  const before = past.record ?? kept?.config;
  if (before === undefined || given.text === kept?.text) return undefined;
  const { config } = given;
  if (before.host !== config.host || before.cluster !== config.cluster)
    return {
      path: "host",
      problem: `this config is for ${config.cluster}/${config.host}, and this host is ${before.cluster}/${before.host}`,
      hint:
        before.cluster === config.cluster
          ? `deliver hosts/${before.host}.yaml; reset only to make this host ${config.host}`
          : `deliver hosts/${before.host}.yaml of the cluster ${before.cluster}; reset only to take this host out of it`,
      file,
    };
  const reached = reachedBy(past);
  if (source.allowOlder || reached === 0) return undefined;
  const problem = outdated(given, reached, past);
  return problem && { path: "generation", ...problem, file };
}

/** The highest generation that was in force, or the one that a person took since; 0 when none had a number. */
export function reachedBy({ record, kept }: Past): number {
  return Math.max(record?.generation ?? 0, kept?.config.generation ?? 0);
}

function outdated(
  given: Known,
  reached: number,
  past: Past,
): { readonly problem: string; readonly hint: string } | undefined {
  const { generation } = given.config;
  if (generation === undefined)
    return {
      problem: `this config has no generation, and generation ${reached} was in force`,
      hint: `give it one that is higher than ${reached}, or use --allow-older`,
    };
  if (generation < reached)
    return {
      problem: `generation ${generation} is older than ${reached}, which was in force`,
      hint: "split again, or use --allow-older",
    };
  if (!isAnotherSplit(given, past)) return undefined;
  return {
    problem: `two splits made generation ${generation}: this one is not the one in force`,
    hint: "split again where hosts/ and pki/ are those that were delivered last, or use --allow-older",
  };
}

/** Two of the planner's under one generation. A text that is left says more than a digest of it. */
function isAnotherSplit(given: Known, { kept, record }: Past): boolean {
  const { generation } = given.config;
  if (given.origin === "hand") return false;
  if (kept !== undefined && kept.config.generation === generation)
    return kept.origin !== "hand" && content(kept.config) !== content(given.config);
  return record?.generation === generation && record?.digest !== undefined && record.digest !== given.digest();
}

/** All that the config says but its number and whose it is; a newer planner may write the same content anew. */
function content(config: HostConfig): string {
  return canonical({ ...config, generation: undefined, address: undefined });
}

/** What to remember once `chosen` is in force; `before` itself when there is nothing new. */
export function recordOf(
  chosen: Known,
  before: DeliveryRecord | undefined,
  { allowOlder, acceptUnsealed }: { readonly allowOlder: boolean; readonly acceptUnsealed: boolean },
): DeliveryRecord {
  const { cluster, host, generation } = chosen.config;
  const isSame = before !== undefined && before.cluster === cluster && before.host === host;
  const known = isSame ? before : undefined;
  // a person's word counts from then on; without it the number only rises
  const reached = allowOlder ? (generation ?? known?.generation) : highest(generation, known?.generation);
  const highestOrigin = origins.findLast((each) => each === known?.origin || each === chosen.origin);
  const origin = acceptUnsealed ? chosen.origin : (highestOrigin ?? chosen.origin);
  const digest = generation !== reached ? known?.digest : chosen.origin === "hand" ? undefined : chosen.digest();
  if (known?.generation === reached && known?.origin === origin && known.digest === digest) return known;
  const delivered = deliveredBy({ generation: reached, digest, origin });
  return { version: 1, cluster, host, ...delivered };
}

/** Without what is not known, as in a label. */
export function deliveredBy({ generation, digest, origin }: Loose<Delivered>): Delivered {
  return {
    ...(generation === undefined ? {} : { generation }),
    ...(generation === undefined || digest === undefined ? {} : { digest }),
    origin,
  };
}

type Loose<Fields> = { readonly [Key in keyof Fields]: Fields[Key] | undefined } & { readonly origin: Origin };

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Told as long as a config is in force that is less certain than those before it. */
export function originWarning(origin: Origin, before: DeliveryRecord | undefined): string | undefined {
  if (before === undefined || origins.indexOf(origin) >= origins.indexOf(before.origin)) return undefined;
  // who signs says nothing of the mark
  if (origin === "planner") return undefined;
  return "the host config does not carry flexkube-planner's mark, as those before it did: nothing tells whether it is whole and unchanged";
}

/** One spelling for each IPv6 address. */
function normal(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
