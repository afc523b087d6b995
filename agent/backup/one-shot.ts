// A container that does one thing about backups and goes. Its name is taken by one at a time, whichever process of ours made it.
import type { ContainerSummary, Engine } from "#agent/engine/engine.ts";
import { helperCallMs, runHelper, usedAndRemoved } from "#agent/engine/helper.ts";
import { helperLabels, labelKeys } from "#agent/engine/labels.ts";
import { buildTar } from "#agent/files/tar.ts";
import { whileHeld } from "#agent/self/while-held.ts";
import type { Held } from "#agent/self/while-held.ts";
import type { Log } from "#agent/log/round-log.ts";
import type { Holder } from "#agent/self/holder.ts";
import type { Resources } from "#shared/schema/words/words.ts";
import type { Clock } from "#shared/clock.ts";
import { exitCodes, FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { reveal } from "#shared/secret.ts";
import type { Secret } from "#shared/secret.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";

/** The name of all of them. */
export const oneShotName = "flexkube-backup-etcd";

const busy = "another backup is under way on this host";

export type OneShotPorts = {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly holder: Holder;
  /** How long another process of ours that has one is waited for; not at all by whoever comes again anyway. */
  readonly lockTimeoutMs?: number | undefined;
  readonly cluster: string;
  readonly host: string;
};

export type OneShot = {
  /** What it does, for people. */
  readonly step: string;
  readonly spec: ContainerSpec;
  readonly resources: Resources;
  readonly deadlineMs: number;
  /** Below `/flexkube`, readable by root alone; they may hold keys. */
  readonly files?: Readonly<Record<string, string | Secret<string>>> | undefined;
};

/**
 * Runs it to its end and removes it. Throws STEP_FAILED with its last words when it does not end with 0, STEP_LOCKED where another
 * process of ours has one and goes on with it, or had its turn since the one before; and ENGINE_*.
 */
export async function runOneShot(ports: OneShotPorts, shot: OneShot, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { engine } = ports;
  const { deadlineMs } = shot;
  const made = await whileHeld(async () => createAlone(ports, shot), { ...ports, signal });
  const failure = await usedAndRemoved(engine, made.id, async (id) => {
    await putFiles(ports, id, shot);
    return runHelper(engine, id, { deadlineMs, signal });
  });
  if (failure === undefined) return;
  // of a run of another process, which had its turn before this one
  if (failure.exitCode === exitCodes.locked)
    throw new FlexkubeError("STEP_LOCKED", `${busy}; try again`, { holder: "", since: "" });
  throw new FlexkubeError("STEP_FAILED", "a backup was not made", { step: shot.step, reason: failure.reason });
}

type Made = { readonly id: string };

async function createAlone(ports: OneShotPorts, { spec, resources }: OneShot): Promise<Made | Held> {
  const { engine, cluster, host, holder } = ports;
  const create = async (): Promise<Made> => {
    const id = await engine.create(
      {
        name: oneShotName,
        spec,
        labels: { ...helperLabels({ cluster, host, purpose: "backup" }), [labelKeys.holder]: holder.id },
        restart: "no",
        resources,
      },
      { deadlineMs: helperCallMs },
    );
    return { id };
  };
  try {
    return await create();
  } catch (error) {
    if (!isFlexkubeError(error, "ENGINE_CONFLICT")) throw error;
    const held = await freeName(ports, error);
    if (held !== undefined) return held;
  }
  try {
    return await create();
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_CONFLICT")) return underWay("somebody who was faster");
    throw error;
  }
}

/** Removes what a dead maker left, or tells who is at work, comes or goes. Throws `conflict` where the name is a stranger's. */
async function freeName({ engine, holder }: OneShotPorts, conflict: FlexkubeError): Promise<Held | undefined> {
  const named = (await engine.list()).find(({ name }) => name === oneShotName);
  // the engine gives a name away before it lists its container, and takes it back after
  if (named === undefined) return underWay("one that comes or goes");
  if (named.labels[labelKeys.helper] !== "backup") throw conflict;
  const maker = await livingMaker(named, holder);
  if (maker !== undefined) return underWay(maker);
  await engine.remove(named.id, { deadlineMs: helperCallMs });
  return undefined;
}

function underWay(holder: string): Held {
  return { holder, about: async () => Promise.resolve({ who: busy, since: "" }) };
}

/** Removes what is there and whose maker is gone: a killed agent's, or one that could not be removed. Throws ENGINE_*. */
export async function clearOneShot({ engine, holder }: Pick<OneShotPorts, "engine" | "holder">): Promise<void> {
  const found = await findOneShot(engine);
  if (found !== undefined && (await livingMaker(found, holder)) === undefined) await engine.remove(found.id);
}

/** For a host from which all of ours goes. Throws ENGINE_*. */
export async function removeOneShot(engine: Pick<Engine, "list" | "remove">): Promise<void> {
  const found = await findOneShot(engine);
  if (found !== undefined) await engine.remove(found.id);
}

/** Whether one works on this host now, whoever made it. Throws ENGINE_*. */
export async function isOneShotRunning(engine: Pick<Engine, "list">): Promise<boolean> {
  return (await findOneShot(engine))?.state === "running";
}

async function findOneShot(engine: Pick<Engine, "list">): Promise<ContainerSummary | undefined> {
  const found = await engine.list({ label: `${labelKeys.helper}=backup` });
  return found.find(({ name }) => name === oneShotName);
}

/** Undefined when it is gone, or is this very process, which makes one at a time. */
async function livingMaker({ labels }: ContainerSummary, holder: Holder): Promise<string | undefined> {
  const maker = labels[labelKeys.holder] ?? "";
  return maker !== holder.id && maker !== "" && (await holder.isAlive(maker)) ? maker : undefined;
}

async function putFiles({ engine, clock }: OneShotPorts, id: string, { files }: OneShot): Promise<void> {
  if (files === undefined) return;
  const entries = Object.entries(files).map(([name, content]) => ({
    type: "file" as const,
    name: `flexkube/${name}`,
    mode: 0o400,
    uid: 0,
    gid: 0,
    modifiedAt: clock.now(),
    content: Buffer.from(reveal(content)),
  }));
  await engine.putArchive(id, "/", await buildTar(entries), { deadlineMs: helperCallMs });
}
