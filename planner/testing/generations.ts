// The generations of a machine's host configs.
import type { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

/** By host; undefined where a config has none. */
export function generations(machine: ReturnType<typeof fakeMachine>): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(machine.hosts()).map(([host, { generation }]) => [host, generation]));
}
