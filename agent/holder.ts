// Who this agent is to a lock, and whether another holder still lives.
import { readFile } from "node:fs/promises";
import type { Engine } from "#agent/engine/engine.ts";
import type { Holder } from "#agent/execute/lock.ts";
import { containerIdOf } from "#agent/self.ts";
import { isFlexkubeError } from "#shared/errors.ts";

/** Stands for "not in a container", which only tests and developers are. */
const outside = "none";

/**
 * A process is `<container id>:<pid>:<start time>`: the same container may run two agents (the loop and an `apply` by
 * exec), and a container that was restarted runs another process.
 */
export async function createHolder(
  engine: Pick<Engine, "inspect">,
  self: { readonly mountinfo: string; readonly pid: number },
): Promise<Holder> {
  const container = containerIdOf(self.mountinfo) ?? outside;
  const id = `${container}:${self.pid}:${(await startTimeOf(self.pid)) ?? ""}`;
  return { id, isAlive: async (holder) => isAlive(engine, holder, container) };
}

async function isAlive(engine: Pick<Engine, "inspect">, holder: string, own: string): Promise<boolean> {
  const [container = "", pid, startTime] = holder.split(":");
  if (container === own) return (await startTimeOf(Number(pid))) === startTime;
  // from outside a process is seen only through its container
  if (container === outside) return true;
  return isContainerRunning(engine, container);
}

async function isContainerRunning(engine: Pick<Engine, "inspect">, id: string): Promise<boolean> {
  try {
    const { state } = await engine.inspect(id);
    return state === "running" || state === "paused";
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return false;
    throw error;
  }
}

/** Clock ticks after boot, so that a reused process id is not taken for the old process. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    // no such process
    return undefined;
  }
}
