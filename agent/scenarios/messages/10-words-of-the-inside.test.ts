// What a plan and a held lock say names nothing of the agent's inside: no placeholder of an id, no numbers of processes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { takeLock } from "#agent/execute/lock.ts";
import type { LockOptions } from "#agent/execute/lock.ts";
import { look } from "#agent/tick/tick.ts";
import { printPlan } from "#shared/reconcile/print.ts";

const hostConfig = (image: string): string => `apiVersion: flexkube/v1alpha1
kind: Host
cluster: demo
host: h1
containers:
  web: { image: "${image}" }
`;

test("flexkube-agent plan of a changed image, and of a component that goes", async () => {
  const host = createFakeHost({ "nginx:1.28": () => ({}), "nginx:1.29": () => ({}) });
  host.give(hostConfig("nginx:1.28"));
  await host.settle();
  const { signal } = new AbortController();
  const planned = async (text: string): Promise<string> => {
    host.give(text);
    const agent = await host.newAgent();
    return printPlan((await look(agent, await agent.load(signal), { signal })).plan);
  };

  assert.equal(
    await planned(hostConfig("nginx:1.29")),
    `rename web to web.old (image changed from nginx:1.28 to nginx:1.29)
update web restart=no (image changed from nginx:1.28 to nginx:1.29)
create web from nginx:1.29 (image changed from nginx:1.28 to nginx:1.29)
stop web within 10s (image changed from nginx:1.28 to nginx:1.29)
start web (image changed from nginx:1.28 to nginx:1.29)
wait until web is healthy, at most 60s (image changed from nginx:1.28 to nginx:1.29)
remove the old web (its successor works)
`,
  );
  assert.equal(
    await planned(hostConfig("nginx:1.29").replace(/containers:[^]*/, "")),
    `stop web within 10s (no longer desired)
remove web (no longer desired)
`,
  );
});

test("flexkube-agent apply while the loop is at work", async () => {
  const clock = new FakeClock({ auto: true, now: Date.UTC(2026, 10, 28, 8, 16, 37) });
  const engine = new FakeEngine({ clock });
  engine.program("agent:1", () => ({}));
  const options = (pid: number, nonce: string): LockOptions => ({
    engine,
    clock,
    nonce,
    log: pino({ level: "silent" }),
    selfImage: "agent:1",
    cluster: "demo",
    host: "h1",
    holder: { id: `${"a".repeat(64)}:${pid}:173716`, isAlive: async () => Promise.resolve(true) },
  });
  await takeLock(options(1, "a"));
  await clock.sleep(6000);

  await assert.rejects(takeLock(options(57, "b")), {
    message: "the agent's own loop is at work on this host since 08:16:37 (6s); try again",
  });
});
