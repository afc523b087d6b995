// An engine that answers with errors, and one that is off: the agent says so, breaks nothing, and goes on.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { startProxy } from "#lab/proxy.ts";
import type { DockerProxy, ProxiedRequest } from "#lab/proxy.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const refusal = { status: 500, message: "the engine is out of order" };

describe("an engine out of order", { skip: skipWithoutLab(), timeout: 400_000 }, () => {
  let one: OneHost;
  let proxy: DockerProxy;
  /** Which requests are answered with an error. */
  let refused: (request: ProxiedRequest) => boolean;

  before(async () => {
    one = await startOneHost({ file: new URL("whole-host-engine.yaml", import.meta.url) });
    proxy = await startProxy(one.host, {
      instead: (request) => (refused(request) ? refusal : undefined),
    });
    refused = () => false;
    await one.give();
    await one.startAgent({ DOCKER_HOST: `unix://${proxy.socketForAgent}` });
    await one.settled();
  });
  after(async () => {
    await proxy.close();
    await one.lab.down();
  });
  beforeEach(() => one.settled());
  afterEach(() => {
    refused = () => false;
  });

  const page = async (): Promise<string> => one.lab.net("curl", "-sf", "--max-time", "3", "http://10.77.0.11:8080/");
  const says = (content: string): readonly [string, string] => ['content: "one\\n"', `content: "${content}\\n"`];
  /** From the first such request on, every call that may change something is refused. */
  const refuseFrom = (first: RegExp): (() => boolean) => {
    let begun = false;
    refused = ({ method, path, mutating }) => {
      begun ||= first.test(`${method} ${path}`);
      return begun && mutating;
    };
    return () => begun;
  };

  test("every changing call refused: it is reported, nothing is lost, and drift is mended when the engine is well", async () => {
    refuseFrom(/./);
    const untouched = await one.containers();
    await one.host.docker("rm", "-f", "bystander");

    const { error } = await one.reported("the refusal", (found) => found.error?.code === "ENGINE_REFUSED");

    assert.match(error?.details ?? "", /the engine is out of order/);
    assert.equal((await one.containers())["web"], untouched["web"]);
    refused = () => false;
    await one.settled();
    assert.equal((await one.containers())["web"], untouched["web"]);
  });

  test("errors from the start of the new container on: the change is postponed, not rejected, and the next one is taken at once", async () => {
    const begun = refuseFrom(/POST \/containers\/[0-9a-f]+\/start/);
    await one.give(says("two"));
    await eventually(begun, { what: "the change is under way" });
    await one.reported("the failure", (found) => found.result === "failed");
    await one.ticks(2);

    refused = () => false;

    await one.blocked("web", "postponed");
    assert.equal(await page(), "one\n");
    await one.give(says("three"));
    await one.settled();
    assert.equal(await page(), "three\n");
    assert.deepEqual(Object.keys(await one.containers()), ["bystander", "web"]);
  });

  test("dockerd off: a change that comes meanwhile is taken after it is on again", async () => {
    await one.host.dockerd.off();
    await one.give(says("delivered while off"));

    await one.host.dockerd.on();
    await one.host.dockerd.answers();

    await one.settled();
    assert.equal(await page(), "delivered while off\n");
  });

  test("dockerd off while the containers live on: the agent says that nobody answers, and goes on after", async () => {
    await one.host.writeFile("/etc/docker/daemon.json", '{"live-restore":true}');
    await one.host.dockerd.off();
    await one.host.dockerd.on();
    await one.settledAnew();
    const untouched = await one.containers();
    const agent = await one.host.docker("inspect", "--format", "{{.State.StartedAt}}", agentContainer);

    await one.host.dockerd.off();

    const { error } = await one.reported("nobody answers", (found) => found.error?.code === "ENGINE_UNREACHABLE");
    assert.notEqual(error?.details, "");
    assert.equal(await page(), "delivered while off\n");
    await one.host.dockerd.on();
    await one.settled();
    assert.deepEqual(await one.containers(), untouched);
    assert.equal(await one.host.docker("inspect", "--format", "{{.State.StartedAt}}", agentContainer), agent);
  });
});
