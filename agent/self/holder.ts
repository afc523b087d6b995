// Who this agent is to a lock, and whether another holder still lives.
import { readFile } from "node:fs/promises";
import type { Engine } from "#agent/engine/engine.ts";
import { containerIdOf } from "./self.ts";
import { lookDeadlineMs } from "./whose-container.ts";
import { isFlexkubeError } from "#shared/errors.ts";

export type Holder = {
  /** `container:<id>` or `process:<pid>:<start time>`. */
  readonly id: string;
  /** Whether the holder of a found lock still lives; for our own id with another nonce the answer is no. */
  readonly isAlive: (holder: string) => Promise<boolean>;
};

/** Stands for "not in a container". */
const outside = "none";

/** `proc`: the host's /proc as it is seen here; with it the end of a holder outside every container is seen. */
export type HolderOptions = { readonly mountinfo: string; readonly pid: number; readonly proc?: string | undefined };

/**
 * A process is `<container id>:<pid>:<start time>`: the same container may run two agents (the loop and an `apply` by
 * exec), and a container that was restarted runs another process.
 */
export async function createHolder(engine: HolderEngine, self: HolderOptions): Promise<Holder> {
  const container = containerIdOf(self.mountinfo) ?? outside;
  const id = `${container}:${self.pid}:${(await startTimeOf(self.pid)) ?? ""}`;
  return { id, isAlive: async (holder) => isAlive(engine, holder, { container, proc: self.proc }) };
}

export type HolderEngine = Pick<Engine, "inspect" | "list">;

async function isAlive(
  engine: HolderEngine,
  holder: string,
  own: { readonly container: string; readonly proc: string | undefined },
): Promise<boolean> {
  const [container = "", pid, startTime] = holder.split(":");
  if (container === own.container) return (await startTimeOf(Number(pid))) === startTime;
  if (container !== outside) return isContainerRunning(engine, container);
  const { proc } = own;
  // a process of others is hidden where the host's first one is
  if (proc === undefined || (await startTimeOf(1, proc)) === undefined) return true;
  return (await startTimeOf(Number(pid), proc)) === startTime;
}

/** One of which the engine tells nothing by itself is still in the list, with its state. */
async function isContainerRunning(engine: HolderEngine, id: string): Promise<boolean> {
  try {
    return isRunning(await engine.inspect(id, { deadlineMs: lookDeadlineMs }));
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return false;
    if (!isFlexkubeError(error) || isFlexkubeError(error, "ENGINE_UNREACHABLE")) throw error;
    const listed = (await engine.list()).find((container) => container.id === id);
    return listed !== undefined && isRunning(listed);
  }
}

/** What is half removed has no state that says so. */
function isRunning({ state }: { readonly state: string }): boolean {
  return state === "running" || state === "paused" || state === "restarting" || state === "";
}

/** Clock ticks after boot, so that a reused process id is not taken for the old process. */
async function startTimeOf(pid: number, proc = "/proc"): Promise<string | undefined> {
  try {
    const stat = await readFile(`${proc}/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    // no such process
    return undefined;
  }
}
