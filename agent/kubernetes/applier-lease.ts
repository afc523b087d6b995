// Which host applies the objects of the cluster: a Lease, kept by the host that has it between its ticks.
// Another host's is free when this process has seen no renewal for a whole lease; clocks of hosts are not compared.
// The Lease also remembers the newest generation of the objects that a holder had: a host with an older one leaves it alone.
import { createRoundLog } from "#agent/log/round-log.ts";
import type { Log, RoundLog } from "#agent/log/round-log.ts";
import type { Clock } from "#shared/clock.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredApi } from "#shared/state/desired-api.ts";
import type { ConnectKubernetes } from "./connections.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { numberAt, textAt } from "#shared/json-fields.ts";
import { leasePath, readLease, writeLease } from "./lease-object.ts";
import { versionOf } from "./lease-sightings.ts";
import type { Sightings } from "./lease-sightings.ts";

const name = "flexkube-applier";
export const applierPath = leasePath(name);
const generationKey = "flexkube.io/generation";
const durationSeconds = 60;
const durationMs = durationSeconds * 1000;
const renewEveryMs = 20_000;
/** Without a tick for this long the host lets go: an agent that cannot work must not keep others from it. */
const keepForMs = 300_000;

/** Who asks, and the generation of the objects that it would apply; 0 when its host config has none. */
export type Candidate = { readonly host: string; readonly generation: number };

export type ApplierLease = {
  /**
   * Takes the Lease when it is free or ours, and keeps it from now on; lets go of it when a holder had newer objects.
   * Resolves to whether it is ours. Throws KUBERNETES_*.
   */
  readonly campaign: (api: DesiredApi, candidate: Candidate, signal: AbortSignal) => Promise<boolean>;
  /** The holder of a Lease that was just read, or undefined when it is free. */
  readonly holderOf: (lease: unknown) => string | undefined;
  /** Whether it is ours now, by what we have renewed. */
  readonly isOurs: () => boolean;
  /** Renews while ticks campaign, until the signal aborts; then lets go of what this process has taken. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

type Held = {
  readonly api: DesiredApi;
  readonly candidate: Candidate;
  readonly until: number;
  /** Of the last campaign. */
  readonly asked: number;
  /** This process has taken it, rather than found it with its host. */
  readonly isTaken: boolean;
};

type HolderOf = ApplierLease["holderOf"];

function createHolderOf({ sightings: all }: Pick<Options, "sightings">): HolderOf {
  const sightings = all.of(name);
  return (lease) => {
    const holder = textAt(lease, "spec", "holderIdentity");
    if (holder === "") return undefined;
    const seconds = numberAt(lease, "spec", "leaseDurationSeconds") ?? durationSeconds;
    return sightings.isAlive(versionOf(lease), seconds * 1000) ? holder : undefined;
  };
}

/** The newest generation that a holder had; 0 when none had one. */
export function generationOf(lease: unknown): number {
  return Number(/^[0-9]+$/.exec(textAt(lease, "metadata", "annotations", generationKey))?.[0] ?? "0");
}

/** Undefined when there is none. Throws KUBERNETES_*. */
export async function readApplierLease(client: KubernetesClient, signal: AbortSignal): Promise<unknown> {
  return readLease(client, name, signal);
}

type Options = {
  readonly connect: ConnectKubernetes;
  readonly clock: Clock;
  readonly log: Log;
  readonly sightings: Sightings;
};
type About = Options & { readonly holderOf: HolderOf };

/** One for a process: it remembers since when the Lease has not been renewed. */
export function createApplierLease(options: Options): ApplierLease {
  const { clock } = options;
  const about = { ...options, holderOf: createHolderOf(options) };
  const said = createRoundLog(options.log);
  let held: Held | undefined;
  const renew = async (api: DesiredApi, candidate: Candidate, signal: AbortSignal): Promise<void> => {
    held = await afterRenewal(about, { api, candidate, before: held }, signal);
  };
  return {
    campaign: async (api, candidate, signal) => {
      const now = clock.now();
      if (held === undefined || !isFresh(held, candidate, now)) await renew(api, candidate, signal);
      if (held !== undefined) held = { ...held, api, asked: now };
      return held !== undefined;
    },
    holderOf: about.holderOf,
    isOurs: () => held !== undefined && clock.now() < held.until,
    run: async (signal) => {
      while (await slept(clock, signal)) {
        const current = held;
        if (current === undefined || clock.now() - current.asked > keepForMs) continue;
        await attempt(async () => renew(current.api, current.candidate, signal), said, signal);
        said.endRound(true);
      }
      const last = held;
      if (last?.isTaken === true && clock.now() < last.until)
        await attempt(async () => release(about, last, AbortSignal.timeout(lastWordMs)), said);
    },
  };
}

/** Renewed a moment ago, for the same objects: newer ones must be in the Lease before they are applied. */
function isFresh({ candidate: { host, generation }, until }: Held, candidate: Candidate, now: number): boolean {
  const isSame = host === candidate.host && generation === candidate.generation;
  return isSame && now < until - durationMs + renewEveryMs;
}

/** What is held after another try; undefined: another host has it. Throws KUBERNETES_*. */
async function afterRenewal(
  options: About,
  about: { readonly api: DesiredApi; readonly candidate: Candidate; readonly before: Held | undefined },
  signal: AbortSignal,
): Promise<Held | undefined> {
  const { connect, clock, log } = options;
  const { api, candidate, before } = about;
  const { host } = candidate;
  const now = clock.now();
  const result = await take(connect(api), { ...options, candidate }, signal);
  if (result === "other") return undefined;
  if (result === "taken") log.info({ host }, "this host applies the objects of the cluster");
  const isTaken = before?.isTaken === true || result === "taken";
  return { api, candidate, until: now + durationMs, asked: before?.asked ?? now, isTaken };
}

/** Time that the agent's end may take for this. */
const lastWordMs = 2000;

/** Two processes of one host may be at it at the same time. */
const attempts = 3;

async function take(
  client: KubernetesClient,
  about: Pick<About, "clock" | "holderOf"> & { readonly candidate: Candidate },
  signal: AbortSignal,
): Promise<"taken" | "kept" | "other"> {
  const { clock, holderOf } = about;
  const { host, generation } = about.candidate;
  for (let count = 0; count < attempts; count++) {
    const lease = await readApplierLease(client, signal);
    const holder = holderOf(lease);
    if (holder !== undefined && holder !== host) return "other";
    const isOlder = generation < generationOf(lease);
    if (isOlder && holder === undefined) return "other";
    try {
      const wanted = isOlder ? { holder: "" } : { holder: host, generation };
      await write(client, { lease, ...wanted, clock, isNew: holder === undefined }, signal);
      if (isOlder) return "other";
      return holder === undefined ? "taken" : "kept";
    } catch (error) {
      if (!isFlexkubeError(error, "KUBERNETES_CONFLICT")) throw error;
    }
  }
  return "other";
}

/** Refused by KUBERNETES_CONFLICT when the Lease is no longer as it was read. */
async function write(
  client: KubernetesClient,
  about: {
    readonly lease: unknown;
    readonly holder: string;
    readonly generation?: number;
    readonly clock: Clock;
    readonly isNew: boolean;
  },
  signal: AbortSignal,
): Promise<void> {
  const { lease, holder, clock, isNew } = about;
  const generation = Math.max(about.generation ?? 0, generationOf(lease));
  const annotations: Record<string, string> = generation === 0 ? {} : { [generationKey]: String(generation) };
  const wish = { name, found: lease, holder, annotations, durationMs, clock, isTaken: isNew };
  await writeLease(client, wish, signal);
}

/** So that another host need not wait for its end. */
async function release(
  { connect, clock }: About,
  { api, candidate: { host } }: Held,
  signal: AbortSignal,
): Promise<void> {
  const client = connect(api);
  const lease = await readApplierLease(client, signal);
  const isOurs = textAt(lease, "spec", "holderIdentity") === host;
  if (isOurs) await write(client, { lease, holder: "", clock, isNew: false }, signal);
}

async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(renewEveryMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** The API may be away: the next renewal tries again, and `isOurs` ends by itself. */
async function attempt(act: () => Promise<unknown>, log: RoundLog, signal?: AbortSignal): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (signal?.aborted === true) return;
    log.lasts({
      level: "warn",
      message: "the lease of the applier cannot be renewed",
      over: "the lease of the applier is renewed again",
      about: {},
      is: { err: error },
    });
  }
}
