// What a container has written last, for people. Nothing may depend on it: log drivers that nobody can read from, a log file
// that is gone or an engine that is slow answer with an error or not at all.
import { isFlexkubeError } from "#shared/errors.ts";
import type { Engine } from "./engine.ts";

/** Nobody waits longer for words. */
const deadlineMs = 10_000;

/** The last lines, or a sentence in brackets that says why there are none. Throws no FlexkubeError. */
export async function outputOf(engine: Pick<Engine, "logs">, id: string, lines: number): Promise<string> {
  try {
    return await engine.logs(id, lines, { deadlineMs });
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    const reason = "reason" in error.details ? error.details.reason : `no answer within ${deadlineMs / 1000} s`;
    return `(its output cannot be read: ${reason})`;
  }
}
