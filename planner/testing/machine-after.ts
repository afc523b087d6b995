// A machine in memory on which the planner ran before: what most tests of a split begin with, and the dearest thing they do.
import assert from "node:assert/strict";
import { fakeMachine, type FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { boundedMemo } from "#shared/checks/testing/bounded-memo.ts";

const once = boundedMemo<Promise<FakeMachine>>(20);

/** After these runs, with which the planner must be content. A machine of its own, but those of equal runs began with equal keys. */
export async function machineAfter(config: string, ...runs: readonly (readonly string[])[]): Promise<FakeMachine> {
  const made = await once(JSON.stringify([config, runs]), async () => {
    const machine = fakeMachine(config);
    for (const args of runs) await assertContent(machine, args);
    return machine;
  });
  return made.copy();
}

/** Throws with what the planner said when its exit code is not 0. */
export async function assertContent(machine: FakeMachine, args: readonly string[]): Promise<void> {
  const { code, stderr } = await machine.run(...args);
  assert.equal(code, 0, stderr);
}
