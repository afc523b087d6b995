// Which generation each host config has, as the planner's commands have left them.
import type { fakeMachine } from "../cli/testing/fake-machine.ts";

/** Host → generation of its host config. */
export function generations(machine: ReturnType<typeof fakeMachine>): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(machine.hosts()).map(([host, { generation }]) => [host, generation]));
}
