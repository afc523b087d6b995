// What may be believed of who says that its loop works on this host.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { pid } from "node:process";
import { test } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { createHolder } from "#agent/self/holder.ts";
import { isLoop, isProven, parseClaim, printClaim } from "./claim.ts";

const container = "a".repeat(64);
const since = "2026-11-28T08:16:37.000Z";
const mountinfo = `1 2 8:1 /docker/containers/${container}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n`;

async function isBelieved(holder: string): Promise<boolean> {
  const engine = new FakeEngine({ clock: new FakeClock() });
  const claim = parseClaim(printClaim(holder, since));
  return claim !== undefined && isProven(claim, { engine, holder: await createHolder(engine, { mountinfo, pid }) });
}

function startOf(path: string): string {
  const stat = readFileSync(path, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

test("of our own container's processes a living other one is believed, and no thread of ours", async (context) => {
  const child = spawn("sleep", ["100"]);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  context.after(() => child.kill());
  const start = startOf(`/proc/${child.pid}/stat`);
  const thread = readdirSync("/proc/self/task").find((id) => id !== String(pid)) ?? "";

  assert.equal(await isBelieved(`${container}:${child.pid}:${start}`), true);
  assert.equal(await isBelieved(`${container}:${child.pid}:${Number(start) + 1}`), false);
  assert.equal(await isBelieved(`${container}:${pid}:${startOf("/proc/self/stat")}`), false);
  assert.equal(await isBelieved(`${container}:${thread}:${startOf(`/proc/self/task/${thread}/stat`)}`), false);
  child.kill("SIGKILL");
  await ended;
  assert.equal(await isBelieved(`${container}:${child.pid}:${start}`), false);
});

test("only one line of an agent in a container is a claim", () => {
  const line = printClaim(`${container}:1:173716`, since);

  assert.deepEqual(parseClaim(line), { holder: `${container}:1:173716`, container, pid: 1, since });
  for (const other of [
    "",
    line.trim(),
    `${line}${line}`,
    ` ${line}`,
    line.replace("aaaa", "AAAA"),
    line.replace(":1:", ":0:"),
    line.replace(since, "now"),
    line.replace(since, "\u001b[2J"),
  ])
    assert.equal(parseClaim(other), undefined, JSON.stringify(other));
});

test("a loop is a container whose program is the agent's and whose command is run, also unsaid", () => {
  const loops = [
    "/flexkube-agent",
    "/flexkube-agent run --host h1",
    "/flexkube-agent --host h1",
    "/sbin/docker-init -- /flexkube-agent run",
  ];
  const others = [
    "",
    "sh -c true",
    "/flexkube-agent apply",
    "/flexkube-agent status --wait",
    "/flexkube-planner run",
    "/flexkube-agent commit x",
  ];

  for (const line of loops) assert.equal(isLoop({ command: line.split(" ") }), true, line);
  for (const line of others) assert.equal(isLoop({ command: line.split(" ") }), false, line);
  assert.equal(isLoop({}), false);
});
