// A helper: a container that does one thing and goes. One that is left behind is found by its label, and its removal is a step of its own.
import { isFlexkubeError } from "#shared/errors.ts";
import type { CreateRequest, Engine } from "./engine.ts";
import { outputOf } from "./output-of.ts";

/** Limit of one call about a helper that has nothing to do with the host's file systems. */
export const helperCallMs = 60_000;

/** dockerd waits for a container's write before it removes it, and a dead file system never ends one. */
const hopelessRemovalMs = 5000;

/** Of its last words. */
const lastLines = 20;

/** Creates it, hands its id to `use`, and removes it whatever happens. Throws what `use` throws, and ENGINE_*. */
export async function withHelper<Result>(
  engine: Pick<Engine, "create" | "remove">,
  request: Omit<CreateRequest, "restart">,
  use: (id: string) => Promise<Result>,
): Promise<Result> {
  const id = await engine.create({ ...request, restart: "no" }, { deadlineMs: helperCallMs });
  return usedAndRemoved(engine, id, use);
}

/** The same with one that is there. A removal that fails takes nothing from what was done, and hides no error. */
export async function usedAndRemoved<Result>(
  engine: Pick<Engine, "remove">,
  id: string,
  use: (id: string) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await use(id);
    await removeOrLeave(engine, id, helperCallMs);
    return result;
  } catch (error) {
    await removeOrLeave(engine, id, isFlexkubeError(error, "ENGINE_TIMEOUT") ? hopelessRemovalMs : helperCallMs);
    throw error;
  }
}

/** Removes it, or leaves it to the next look when the engine does not. Throws no FlexkubeError. */
export async function removeOrLeave(
  engine: Pick<Engine, "remove">,
  id: string,
  deadlineMs = helperCallMs,
): Promise<void> {
  try {
    await engine.remove(id, { deadlineMs });
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
  }
}

export type HelperFailure = {
  readonly exitCode: number;
  /** Its last lines, or a sentence in brackets why there are none; may be empty. */
  readonly output: string;
  /** For people: its last lines, or its exit code where it said nothing. */
  readonly reason: string;
};

/** Starts it and waits for its end, at most `deadlineMs`. Undefined when it ended with 0. Throws ENGINE_*. */
export async function runHelper(
  engine: Pick<Engine, "start" | "wait" | "logs">,
  id: string,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<HelperFailure | undefined> {
  await engine.start(id, { deadlineMs: helperCallMs });
  return endOfHelper(engine, id, { deadlineMs, signal });
}

/** The same of one that was started. */
export async function endOfHelper(
  engine: Pick<Engine, "wait" | "logs">,
  id: string,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<HelperFailure | undefined> {
  const exitCode = await engine.wait(id, { deadlineMs, signal });
  if (exitCode === 0) return undefined;
  const output = (await outputOf(engine, id, lastLines)).trim();
  return { exitCode, output, reason: output === "" ? `exit code ${exitCode}` : output };
}
