// One apply at a time per host: a created, never started container whose name Docker lets exist only once.
import { ageText } from "#shared/age-text.ts";
import type { Engine } from "#agent/engine/engine.ts";
import { helperLabels, labelKeys } from "#agent/engine/labels.ts";
import { lookDeadlineMs } from "#agent/self/whose-container.ts";
import { wallTime } from "#shared/clock.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";
import type { Holder } from "#agent/self/holder.ts";
import { whileHeld } from "#agent/self/while-held.ts";
import type { Held, Waiting } from "#agent/self/while-held.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";

export const lockName = "flexkube-lock";
const nonceLabel = "flexkube.nonce";
/** Take-overs in a row before somebody else is believed to be faster. */
const attempts = 3;

export type Lock = { readonly id: string; readonly release: () => Promise<void> };

export type LockOptions = Waiting & {
  readonly engine: Engine;
  readonly selfImage: string;
  readonly cluster: string;
  readonly host: string;
  readonly holder: Holder;
  readonly nonce: string;
};

/**
 * Throws STEP_LOCKED when a living agent holds it, after `lockTimeoutMs` where it is told. A dead holder's lock is removed by its id and taken.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  return whileHeld(async () => takeUnlessHeld(options), options);
}

async function takeUnlessHeld(options: LockOptions): Promise<Lock | Held> {
  for (let attempt = 1; ; attempt++) {
    const id = await tryLock(options);
    if (id !== undefined) return { id, release: async () => options.engine.remove(id) };
    const found = await findLock(options.engine);
    // released in between; but an engine may also keep the name of a container that it no longer has, for a moment or for good
    if (found === undefined && attempt >= attempts) return nameless;
    if (found === undefined) continue;
    if (!(await isStale(found, options)) || attempt >= attempts)
      return { holder: found.holder, about: async () => about(found, options) };
    options.log.warn({ holder: found.holder, lock: found.id }, "taking over the lock of a dead holder");
    await clear(found, options);
  }
}

/**
 * A container that the engine cannot remove must not keep the host from all its work: it gives the name up, and is a leftover from
 * then on. Throws what the engine says when it will not do that either.
 */
async function clear({ id }: FoundLock, { engine, nonce, log }: LockOptions): Promise<void> {
  let refusal: unknown;
  try {
    await engine.remove(id, { deadlineMs: lookDeadlineMs });
    // a removal that is under way, perhaps for ever, is no error
    if ((await findLock(engine))?.id !== id) return;
  } catch (error) {
    if (!isFlexkubeError(error) || isFlexkubeError(error, "ENGINE_UNREACHABLE")) throw error;
    refusal = error;
  }
  log.warn({ lock: id, err: refusal }, "the lock of a dead holder cannot be removed; it is renamed");
  try {
    await engine.rename(id, `${lockName}-${nonce}`);
  } catch (error) {
    if (!isFlexkubeError(error, "ENGINE_NOT_FOUND")) throw error;
  }
}

const nameless: Held = {
  holder: "",
  about: async () =>
    Promise.resolve({
      who: `the engine says that the name ${lockName} is taken and shows no container that has it (if that lasts, restart the engine)`,
      since: "",
    }),
};

/** Who is at work and since when, for people. */
async function about(found: FoundLock, { engine, holder, clock }: LockOptions): ReturnType<Held["about"]> {
  const { holder: other } = found;
  const since = await sinceOf(found, engine);
  const [container = "", pid] = other.split(":");
  const isSameContainer = holder.id.startsWith(`${container}:`);
  const who = !isSameContainer
    ? `another agent (container ${container.slice(0, 12)})`
    : // what a container was started with is its first process
      pid === "1"
      ? "the agent's own loop"
      : "another command in the agent's container";
  const when = since && ` since ${since.slice(11, 19)} (${ageText(wallTime(clock).epochMs - Date.parse(since))})`;
  return { who: `${who} is at work on this host${when}`, since };
}

/** Removes the lock that a dead agent left behind, when there is nothing else to do: nobody waits for it. */
export async function clearStaleLock(options: LockOptions): Promise<void> {
  const found = await findLock(options.engine);
  if (found === undefined) return;
  try {
    if (!(await isStale(found, options))) return;
    options.log.warn({ holder: found.holder, lock: found.id }, "removing the lock of a dead holder");
    await clear(found, options);
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    options.log.debug({ lock: found.id, err: error }, "the lock of a dead holder stays");
  }
}

async function isStale(found: FoundLock, { holder, nonce }: LockOptions): Promise<boolean> {
  return found.holder === holder.id ? found.nonce !== nonce : !(await holder.isAlive(found.holder));
}

async function tryLock({ engine, selfImage, cluster, host, holder, nonce }: LockOptions): Promise<string | undefined> {
  const labels = {
    ...helperLabels({ cluster, host, purpose: "lock" }),
    [labelKeys.holder]: holder.id,
    [nonceLabel]: nonce,
  };
  try {
    return await engine.create({ name: lockName, spec: lockSpec(selfImage), labels, restart: "no", resources: {} });
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_CONFLICT")) return undefined;
    throw error;
  }
}

type FoundLock = { readonly id: string; readonly holder: string; readonly nonce: string };

async function findLock(engine: Engine): Promise<FoundLock | undefined> {
  const found = (await engine.list()).find((container) => container.name === lockName);
  if (found === undefined) return undefined;
  const holder = found.labels[labelKeys.holder];
  const nonce = found.labels[nonceLabel];
  if (holder === undefined || nonce === undefined)
    throw new FlexkubeError(
      "STEP_LOCKED",
      `${lockName}, the name of the lock, is held by container ${found.id.slice(0, 12)}, which is not ours; rename or remove it`,
      {
        holder: found.id,
        since: "",
      },
    );
  return { id: found.id, holder, nonce };
}

/** Since when it is there, as far as the engine tells: for people. */
async function sinceOf({ id }: FoundLock, engine: Pick<Engine, "inspect">): Promise<string> {
  try {
    const { createdAt } = await engine.inspect(id, { deadlineMs: lookDeadlineMs });
    return new Date(createdAt.epochMs).toISOString();
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    return "";
  }
}

function lockSpec(image: string): ContainerSpec {
  return bareSpec({
    image,
    entrypoint: ["/flexkube-agent"],
    args: ["version"],
    log: { driver: "json-file", options: {} },
    stopTimeoutSeconds: 1,
  });
}
