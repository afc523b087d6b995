// For commands that run beside a loop in its container: whether that loop stands by for another one.
import { readFile } from "node:fs/promises";
import type { Engine } from "#agent/engine/engine.ts";
import { createHolder } from "#agent/self/holder.ts";
import { containerIdOf } from "#agent/self/self.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { askName } from "./abstract-name.ts";
import { isLoop, isProven, parseClaim } from "./claim.ts";
import { answerMs, loopName } from "./presence.ts";
import type { OtherLoop } from "./presence.ts";

/** The loop of another container that works on this host instead of the one in ours; undefined also when none is in ours. */
export async function otherLoop(engine: Pick<Engine, "inspect" | "list">, pid: number): Promise<OtherLoop | undefined> {
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
  const own = containerIdOf(mountinfo);
  if (own === undefined || !(await isLoopIn(engine, own))) return undefined;
  const said = await askName(loopName, answerMs);
  const claim = said === undefined ? undefined : parseClaim(said);
  if (claim === undefined || claim.container === own) return undefined;
  const holder = await createHolder(engine, { mountinfo, pid });
  return (await isProven(claim, { engine, holder })) ? claim : undefined;
}

/** Not known while the engine does not answer. */
async function isLoopIn(engine: Pick<Engine, "inspect">, container: string): Promise<boolean> {
  try {
    return isLoop(await engine.inspect(container));
  } catch (error) {
    if (!isFlexkubeError(error) || !error.code.startsWith("ENGINE_")) throw error;
    return false;
  }
}
