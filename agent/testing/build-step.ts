// A step for tests: one that removes a container left behind.
import type { Step } from "#shared/state/step.ts";

/** `remove helper flexkube-config-1`. */
export function buildStep(): Step {
  return {
    kind: "removeHelper",
    component: "web",
    subject: "flexkube-config-1",
    cause: "left behind",
    arguments: { id: "1", name: "flexkube-config-1" },
  };
}
