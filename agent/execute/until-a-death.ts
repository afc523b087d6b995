// Long work that ends when another container of ours is found dead, so that its repair does not wait for it.
import { FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** `awaited`: the container that the work is for, whose own end is for the work to judge. Throws STEP_CUT_SHORT. */
export async function untilADeath<Result>(
  awaited: string,
  { signal, deaths }: Pick<Effects, "signal" | "deaths">,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const others = deaths.watch(awaited);
  try {
    return await work(AbortSignal.any([signal, others.signal]));
  } catch (error) {
    const dead = others.dead();
    if (dead === undefined || signal.aborted) throw error;
    const reason = `${dead} has ended`;
    throw new FlexkubeError("STEP_CUT_SHORT", "a wait ended early", { container: awaited, reason });
  } finally {
    await others.end();
  }
}
