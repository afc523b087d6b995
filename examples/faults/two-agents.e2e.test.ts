// Several agents by accident on one host: one works, the others say who holds the lock, and what comes of it is one host.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer, runAgentOnce } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

describe("a second agent on a host", { skip: skipWithoutLab(), timeout: 180_000 }, () => {
  let one: OneHost;
  let image: string;

  before(async () => {
    one = await startOneHost({ file: new URL("trial-host.yaml", import.meta.url) });
    image = (await agentImage()).reference;
    await one.give();
    await one.startAgent();
    await one.settled();
  });
  after(async () => one.lab.down());

  test("finds nothing to do beside one that has settled, and the first one's container stays", async () => {
    const untouched = await one.containers();
    const first = await one.host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", agentContainer);

    const second = await runAgentOnce(one.host, ["apply"], { image });

    assert.equal(second.exitCode, 0, second.stderr);
    assert.deepEqual(await one.containers(), untouched);
    assert.equal(await one.host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", agentContainer), first);
  });

  test("ends with 75 and the name of the holder while the first one is at work, and touches nothing", async () => {
    const holder = (await one.host.docker("inspect", "--format", "{{.Id}}", agentContainer)).trim();
    // the page comes after a while, so the first agent waits with the lock in its hands
    await one.give(["exec httpd", "sleep 8; exec httpd"], ["deadline: 6s", "deadline: 60s"]);
    const names = async (): Promise<readonly string[]> => Object.keys(await one.containers());
    await eventually(async () => (await names()).includes("web.old"), { what: "the first agent replaces web" });

    const second = await runAgentOnce(one.host, ["apply"], { image });

    assert.equal(second.exitCode, 75, second.stderr);
    assert.match(second.stderr, new RegExp(holder.slice(0, 12)));
    assert.ok((await names()).includes("web.old"), "the first one is at work still");
    await one.settled();
    assert.deepEqual(await names(), ["bystander", "web"]);
  });
});
