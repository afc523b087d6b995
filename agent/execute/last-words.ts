// What is told of a container that failed. It is for people only: nothing that it cannot learn may stop a way back.
import { outputOf } from "#agent/engine/output-of.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#agent/effects/effects.ts";

/** Lines of output that are kept. */
const outputLines = 50;
const deadlineMs = 10_000;

/** Exit code and last lines, as far as the engine tells them; a container that somebody removed meanwhile has none. */
export async function lastWords(
  id: string,
  { engine }: Pick<Effects, "engine">,
): Promise<{ readonly exitCode?: number; readonly output?: string }> {
  try {
    const { exitCode, state, error } = await engine.inspect(id, { deadlineMs });
    const output = await outputOf(engine, id, outputLines);
    return { ...(state === "running" ? {} : { exitCode }), output: error === "" ? output : `${error}\n${output}` };
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    return isFlexkubeError(error, "ENGINE_NOT_FOUND") ? {} : { output: await outputOf(engine, id, outputLines) };
  }
}
