// What `explain` says of a component on a host in memory: the cause that was brought about.
import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "#agent/report/explain.ts";
import { createFakeHost, type FakeHost } from "#agent/testing/fake-host.ts";
import { config, one, programs } from "#agent/testing/small-servers.ts";
import { look } from "#agent/tick/tick.ts";

async function told(host: FakeHost): Promise<string> {
  const agent = await host.newAgent();
  const { signal } = new AbortController();
  const { plan } = await look(agent, await agent.load(signal), { signal });
  return explain({ component: "web", events: await host.state.readEvents(100), plan });
}

test("a change is told with what differs, one that did not work with why, and what ended with its start", async () => {
  const host = createFakeHost(programs);
  host.give(config(one("server:1")));
  await host.settle();

  host.give(config(one("server:2")));
  assert.match(
    await told(host),
    /^now:\n(?: {2}.*\n)* {2}create web from server:2 \(image changed from server:1 to server:2\)$/m,
  );
  await host.settle();
  assert.match(
    await told(host),
    /started +image changed from server:1 to server:2\n(?: {2}.*\n)*now:\n {2}nothing differs/,
  );
  await host.engine.stop("web", 1);
  await host.tick();
  assert.match(await told(host), /ended +it ended, but not by the agent (?:.*\n)+.* started +not running.*\nnow:/);
  host.give(config(one("broken:1")));
  await host.tick();
  await host.tick();
  assert.match(await told(host), /^held:\n {2}web: .*\(rejected\)\n {4}free when: another host config comes/m);
});
