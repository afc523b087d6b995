// A container that does one thing about backups and goes. Its name is taken by one at a time, whichever process of ours made it.
import type { ContainerSummary, Engine } from "#agent/engine/engine.ts";
import { helperLabels, labelKeys } from "#agent/engine/labels.ts";
import { outputOf } from "#agent/engine/output-of.ts";
import { buildTar } from "#agent/files/tar.ts";
import type { Holder } from "#agent/self/holder.ts";
import type { Resources } from "#shared/schema/words/words.ts";
import type { Clock } from "#shared/clock.ts";
import { FlexkubeError, isFlexkubeError } from "#shared/errors.ts";
import { reveal } from "#shared/secret.ts";
import type { Secret } from "#shared/secret.ts";
import type { ContainerSpec } from "#shared/state/desired.ts";

/** The name of all of them. */
export const oneShotName = "flexkube-backup-etcd";
const callDeadlineMs = 60_000;

export type OneShotPorts = {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly holder: Holder;
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
 * Runs it to its end and removes it. Throws STEP_FAILED with its last words when it does not end with 0, STEP_LOCKED while another
 * process of ours has one, and ENGINE_*.
 */
export async function runOneShot(ports: OneShotPorts, shot: OneShot, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { engine } = ports;
  const id = await createAlone(ports, shot);
  try {
    await putFiles(ports, id, shot);
    await engine.start(id, { deadlineMs: callDeadlineMs });
    const exitCode = await engine.wait(id, { deadlineMs: shot.deadlineMs, signal });
    if (exitCode !== 0) {
      const output = (await outputOf(engine, id, 20)).trim();
      const reason = output === "" ? `exit code ${exitCode}` : output;
      throw new FlexkubeError("STEP_FAILED", "a backup was not made", { step: shot.step, reason });
    }
  } finally {
    await removeOrLeave(engine, id);
  }
}

/** What is left is found by its name before the next one. */
async function removeOrLeave(engine: Engine, id: string): Promise<void> {
  try {
    await engine.remove(id, { deadlineMs: callDeadlineMs });
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
  }
}

async function createAlone(ports: OneShotPorts, { spec, resources }: OneShot): Promise<string> {
  const { engine, cluster, host, holder } = ports;
  const create = async (): Promise<string> =>
    engine.create(
      {
        name: oneShotName,
        spec,
        labels: { ...helperLabels({ cluster, host, purpose: "backup" }), [labelKeys.holder]: holder.id },
        restart: "no",
        resources,
      },
      { deadlineMs: callDeadlineMs },
    );
  try {
    return await create();
  } catch (error) {
    if (!isFlexkubeError(error, "ENGINE_CONFLICT")) throw error;
    const found = await findOneShot(engine);
    if (found === undefined) throw error;
    const maker = await livingMaker(found, holder);
    if (maker !== undefined)
      throw new FlexkubeError("STEP_LOCKED", "another backup is under way on this host", { holder: maker, since: "" });
    await engine.remove(found.id, { deadlineMs: callDeadlineMs });
    return create();
  }
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
  await engine.putArchive(id, "/", await buildTar(entries), { deadlineMs: callDeadlineMs });
}
