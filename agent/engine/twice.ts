// A call that changes nothing, made once more when its first answer was spoiled.
import { isBrokenOnTheWay } from "#agent/http/broken-on-the-way.ts";
import { isFlexkubeError } from "#shared/errors.ts";

/** Once more, when the first answer was cut or is none of an engine's; `signal` ends it between the two. */
export async function twice<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (signal.aborted || !isSpoiled(error)) throw error;
    return act();
  }
}

function isSpoiled(error: unknown): boolean {
  return isBrokenOnTheWay(error) || error instanceof SyntaxError || isFlexkubeError(error, "ENGINE_UNSUPPORTED");
}
