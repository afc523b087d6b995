// Very many hosts, and very many mistakes about them: told at once, in reading's length, in a time that grows with the text.
import assert from "node:assert/strict";
import { cpuUsage } from "node:process";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
const hosts = (count: number): string =>
  `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${lines(count, (index) => `  rack-number-${index}: { address: 10.0.${index >> 8}.${index & 255} }`)}`;

const kinds: readonly (readonly [string, (count: number) => string])[] = [
  [
    "members of a group that are no hosts",
    (count) => `${hosts(count)}hostGroups:\n  g:\n${lines(count, (index) => `  - rock-number-${index}`)}`,
  ],
  [
    "sections on hosts that are none",
    (count) =>
      `${hosts(count)}containers:\n${lines(count, (index) => `  c-${index}: { hosts: rock-number-${index}, image: a }`)}`,
  ],
  [
    "overrides for hosts that are none",
    (count) =>
      `${hosts(count)}containers:\n  c:\n    hosts: all\n    image: a\n    overrides:\n${lines(count, (index) => `      rock-number-${index}: { image: b }`)}`,
  ],
  ["hosts with one address", (count) => hosts(count).replaceAll(/10\.0\.\d+\.\d+/g, "10.0.0.1")],
];

for (const [what, make] of kinds)
  test(`${what}: the first 200 and how many more, four times as many cost less than ten times as much`, async () => {
    await cost(make(250));

    const few = await cost(make(400));
    const many = await cost(make(1600));

    assert.ok(many < 10 * Math.max(few, 20), `${few} ms, then ${many} ms`);
  });

/** Milliseconds of CPU. */
async function cost(config: string): Promise<number> {
  const machine = fakeMachine(config);
  const before = cpuUsage();
  const { code, stderr } = await machine.run("validate");
  const { user, system } = cpuUsage(before);
  const told = stderr.split("\n").filter((line) => line.startsWith("cluster.yaml"));
  assert.equal(code, 65);
  assert.equal(told.length, 201, stderr.slice(0, 2000));
  assert.match(told.at(-1) ?? "", /and \d+ more problems \(mend these first\)$/);
  assert.ok(told.filter((line) => line.includes("did you mean")).length <= 20);
  return (user + system) / 1000;
}
