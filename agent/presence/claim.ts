// What the loop that works on a host says of itself at the name that it holds, and whether that can be so. Anybody on the host
// may take the name, so what is said there counts only for what the engine and the process table say too.
import { existsSync } from "node:fs";
import type { ContainerDetails, Engine } from "#agent/engine/engine.ts";
import type { Holder } from "#agent/self/holder.ts";
import { isFlexkubeError } from "#shared/errors.ts";

export type Claim = {
  /** `<container id>:<pid>:<start time>`, as of the lock. */
  readonly holder: string;
  readonly container: string;
  readonly pid: number;
  /** RFC 3339; when its loop began. */
  readonly since: string;
};

const line =
  /^flexkube-agent (([0-9a-f]{64}):([1-9][0-9]{0,9}):[0-9]{1,20}) ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)\n$/;
const program = "flexkube-agent";
/** All commands but `run`, which needs no name. */
const otherCommands: ReadonlySet<string> = new Set(
  "apply plan status validate reset healthcheck version commit mend end".split(" "),
);

export function printClaim(holder: string, since: string): string {
  return `flexkube-agent ${holder} ${since}\n`;
}

/** undefined for anything but what an agent in a container says. */
export function parseClaim(text: string): Claim | undefined {
  const [, holder, container, pid, since] = line.exec(text) ?? [];
  if (holder === undefined || container === undefined || pid === undefined || since === undefined) return undefined;
  return { holder, container, pid: Number(pid), since };
}

/** The loop that a container of the agent was made for. */
export function isLoop({ command = [] }: Pick<ContainerDetails, "command">): boolean {
  const at = command.findIndex((word) => word.slice(word.lastIndexOf("/") + 1) === program);
  const words = command.slice(at + 1);
  return at !== -1 && (words.includes("run") || !words.some((word) => otherCommands.has(word)));
}

/** Whether a living loop other than our own says so. An engine that does not answer is no reason to doubt it. */
export async function isProven(
  { holder, container, pid }: Claim,
  self: { readonly holder: Holder; readonly engine: Pick<Engine, "inspect"> },
): Promise<boolean> {
  if (holder === self.holder.id) return false;
  try {
    if (!(await self.holder.isAlive(holder))) return false;
    // in our own container the process table has spoken; our own threads are in it too
    if (self.holder.id.startsWith(`${container}:`)) return !existsSync(`/proc/self/task/${pid}`);
    return isLoop(await self.engine.inspect(container));
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return false;
    if (!isFlexkubeError(error) || !error.code.startsWith("ENGINE_")) throw error;
    return true;
  }
}
