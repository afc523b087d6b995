// What a person reads of an error.
import { isFlexkubeError } from "#shared/errors.ts";

/** Its sentence and, from ours, the reason in it. */
export function reasonOf(error: unknown): string {
  if (!isFlexkubeError(error)) return error instanceof Error ? error.message : String(error);
  const { details } = error;
  const said = "reason" in details ? details.reason : "output" in details ? details.output : undefined;
  return said === undefined ? error.message : `${error.message}: ${said}`;
}
