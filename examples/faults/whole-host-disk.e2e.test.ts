// A host whose disk is full: what runs stays as it is, the agent says what is wrong, and goes on when there is room.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { startProxy } from "#lab/proxy.ts";
import type { DockerProxy } from "#lab/proxy.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

describe("a full disk", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let one: OneHost;
  let proxy: DockerProxy;
  /** The disk fills at the next request to this path. */
  let fillAt: RegExp | undefined;

  before(async () => {
    one = await startOneHost({ file: new URL("whole-host-disk.yaml", import.meta.url), disk: "600M" });
    // host configs arrive on a full disk too, and `docker exec`, which writes to /tmp, works
    await one.host.exec(
      "sh",
      "-c",
      "mkdir -m 0700 /etc/flexkube && mount -t tmpfs -o mode=0700 tmpfs /etc/flexkube; mount -t tmpfs tmpfs /tmp",
    );
    proxy = await startProxy(one.host, {
      before: async (_, { path }) => {
        if (fillAt?.test(path) !== true) return;
        await one.host.disk.fill();
        fillAt = undefined;
      },
    });
    await one.give();
    await one.startAgent({ DOCKER_HOST: `unix://${proxy.socketForAgent}` });
    await one.settled();
  });
  after(async () => {
    await proxy.close();
    await one.lab.down();
  });

  const page = async (): Promise<string> => one.lab.net("curl", "-sf", "--max-time", "3", "http://10.77.0.11:8080/");
  const sealed = (content: string): readonly [string, string] => [
    'sealed, content: "one\\n"',
    `sealed, content: "${content}\\n"`,
  ];
  const live = (content: string): readonly [string, string] => [
    'html, content: "one\\n"',
    `html, content: "${content}\\n"`,
  ];
  const health = async (): Promise<string> =>
    one.lab.net("curl", "-s", "--max-time", "3", "http://10.77.0.11:9100/healthz");
  const hostPage = async (): Promise<string> =>
    one.lab.net("curl", "-si", "--max-time", "3", "http://10.77.0.11:9100/");
  const kept = async (): Promise<string> =>
    one.host.exec("sh", "-c", "cd /var/lib/flexkube && sha256sum ledger.json last-good.yaml in-force.yaml");

  test("holds a change back and is told of, what runs and what is kept stays whole, and with room the change is taken", async () => {
    const untouched = await one.containers();
    const whole = await kept();
    await one.host.disk.fill();
    await one.give(sealed("two"), live("two"));

    await eventually(async () => assert.match(await health(), /FILES_UNWRITABLE/), { what: "/healthz tells why" });

    const { stdout } = await one.host.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"]);
    assert.match(stdout, /the disk of the state directory is full/);
    const told = await hostPage();
    assert.match(told, /^HTTP\/1\.1 200 OK\r\n[^]*content-security-policy: default-src 'none'; style-src 'sha256-/);
    assert.match(told, /<h1>Host h1<\/h1>\n<p><strong class="bad">[^<]*\(FILES_UNWRITABLE\)</);
    assert.match(told, /<span class="good">✔ web<\/span>/);
    assert.deepEqual(await one.containers(), untouched);
    assert.equal(await kept(), whole);
    assert.equal(await page(), "one\n");
    await one.host.disk.free();
    await one.settled();
    assert.equal(await page(), "two\n");
    assert.match(await hostPage(), /<strong class="good">as it should be<[^]*<strong>web<\/strong> started: /);
    assert.equal((await one.containers())["bystander"], untouched["bystander"]);
  });

  test("that fills in the middle of a change is no verdict on it: with room it is taken", async () => {
    const untouched = await one.containers();
    fillAt = /^\/containers\/[0-9a-f]+\/start/;
    await one.give(sealed("three"), live("two"));
    await eventually(() => fillAt === undefined, { what: "the disk is full and the change under way" });
    await eventually(async () => assert.match(await health(), /FILES_|ENGINE_|STEP_/), { what: "/healthz tells why" });

    await one.host.disk.free();

    await one.settled(90_000);
    const now = await one.containers();
    assert.deepEqual(Object.keys(now), ["bystander", "web"]);
    assert.notEqual(now["web"], untouched["web"]);
    assert.equal(now["bystander"], untouched["bystander"]);
    assert.equal(await page(), "two\n");
  });
});
