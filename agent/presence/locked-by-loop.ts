// What a person reads of another loop on the host.
import { FlexkubeError } from "#shared/errors.ts";
import type { OtherLoop } from "./presence.ts";

export function lockedByLoop({ container, since }: OtherLoop): FlexkubeError<"STEP_LOCKED"> {
  const message = `another agent's loop is at work on this host since ${since} (container ${container.slice(0, 12)})`;
  return new FlexkubeError("STEP_LOCKED", message, { holder: container, since });
}
