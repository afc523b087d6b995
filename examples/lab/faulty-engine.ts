// Faults of a host's engine by chance: what an agent meets on a machine that is worn out, decided by a seed.
import { setTimeout as sleep } from "node:timers/promises";
import { engineLies, type EngineLie } from "./engine-lies.ts";
import type { LabHost } from "./host.ts";
import { startProxy, type DockerProxy, type ProxiedRequest, type ProxyOptions } from "./proxy.ts";

export type FaultyEngine = Pick<DockerProxy, "socketForAgent" | "close"> & {
  /** Calls that were spoiled so far, by kind. */
  readonly spoiled: ReadonlyMap<string, number>;
  /** So many calls more are spoiled, by chance; then the engine is as it should be, by itself. */
  readonly spoil: (budget: number) => void;
  /** No call is spoiled any more, and those that hang go on. */
  readonly mend: () => void;
  /** Nothing of the budget is left. */
  readonly isMended: () => boolean;
};

/** Of a thousand calls; event streams are left alone, since one that breaks is begun again. */
const kinds = {
  delayed: 60,
  "refused with 500": 40,
  "refused with 409": 20,
  "told that it is not there": 20,
  "broken before": 30,
  "broken after": 30,
  cut: 30,
  hanging: 15,
  lie: 100,
} as const;

type Kind = keyof typeof kinds;

const refusals: { readonly [kind in Kind]?: number } = {
  "refused with 500": 500,
  "refused with 409": 409,
  "told that it is not there": 404,
};

export type Slowness = {
  readonly longestDelayMs: number;
  /** Then the connection breaks. */
  readonly longestHangMs: number;
};

/** Hangs end before the agent's own deadlines, which other tests meet. */
const usual: Slowness = { longestDelayMs: 400, longestHangMs: 4000 };

type Fate = { readonly kind: Kind; readonly name: string; readonly lie?: EngineLie | undefined };

/** Spoils nothing until it is told to. The same seed gives the same faults for the same calls in the same order. */
export async function startFaultyEngine(
  host: Pick<LabHost, "socket">,
  seed: number,
  slowness = usual,
): Promise<FaultyEngine> {
  const chance = numbers(seed);
  const spoiled = new Map<string, number>();
  let left = 0;
  let mended = Promise.withResolvers<void>();
  const draw = (request: ProxiedRequest): Fate | undefined => {
    if (left === 0 || request.path.startsWith("/events")) return undefined;
    const fate = drawFate(request, chance);
    if (fate === undefined) return undefined;
    left -= 1;
    spoiled.set(fate.name, (spoiled.get(fate.name) ?? 0) + 1);
    return fate;
  };
  const { socketForAgent, close } = await startProxy(
    host,
    faultsOf(draw, { chance, slowness, mended: async () => mended.promise }),
  );
  return {
    socketForAgent,
    close,
    spoiled,
    spoil: (budget) => {
      left = budget;
      mended = Promise.withResolvers<void>();
    },
    mend: () => {
      left = 0;
      mended.resolve();
    },
    isMended: () => left === 0,
  };
}

type Chance = { readonly chance: () => number; readonly slowness: Slowness; readonly mended: () => Promise<void> };

function faultsOf(
  draw: (request: ProxiedRequest) => Fate | undefined,
  { chance, slowness, mended }: Chance,
): ProxyOptions {
  /** By the call's place. */
  const fates = new Map<number, Fate>();
  return {
    before: async (index, request) => {
      const fate = draw(request);
      if (fate === undefined) return;
      fates.set(index, fate);
      if (fate.kind === "delayed") await sleep(chance() * slowness.longestDelayMs);
      if (fate.kind === "hanging") await Promise.race([mended(), hangUp(slowness.longestHangMs)]);
      if (fate.kind === "broken before") throw new Error("the engine hung up");
    },
    instead: (_, index) => {
      const status = refusals[fates.get(index)?.kind ?? "delayed"];
      return status === undefined ? undefined : { status, message: "the engine is worn out" };
    },
    after: (index) => {
      if (fates.get(index)?.kind === "broken after") throw new Error("the engine hung up");
    },
    cut: (index) => fates.get(index)?.kind === "cut",
    lie: (index) => {
      const lie = fates.get(index)?.lie;
      return lie && ((answer) => lie(answer, chance));
    },
  };
}

/** A lie falls only on who has one. */
function drawFate({ method, path }: ProxiedRequest, chance: () => number): Fate | undefined {
  const kind = drawKind(chance);
  if (kind === undefined) return undefined;
  if (kind !== "lie") return { kind, name: kind };
  const lies = engineLies(method, path);
  const [name, lie] = lies[Math.floor(chance() * lies.length)] ?? [];
  return name === undefined ? undefined : { kind, name, lie };
}

async function hangUp(afterMs: number): Promise<never> {
  await sleep(afterMs);
  throw new Error("the engine hung up");
}

function drawKind(chance: () => number): Kind | undefined {
  let point = Math.floor(chance() * 1000);
  for (const [kind, share] of Object.entries(kinds)) {
    point -= share;
    // the keys of the table are the kinds
    if (point < 0) return kind as Kind;
  }
  return undefined;
}

/** Numbers from 0 up to 1 (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
