// A container's specification for tests, with what does not matter filled in.
import type { ContainerSpec } from "#shared/state/desired.ts";
import { bareSpec } from "#shared/state/bare-spec.ts";

/** Without rights, mounts and limits, on the host's network; it is given 10 seconds to stop. */
export function plainSpec(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  return bareSpec({
    image: "busybox:1",
    networkMode: "host",
    readOnlyRoot: false,
    capDrop: [],
    log: { driver: "json-file", options: {} },
    ...overrides,
  });
}
