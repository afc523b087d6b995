// Several agents by accident on one host: one works, the others say who holds the lock, and what comes of it is one host.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer, hostConfigPath, runAgentOnce, startAgent, stopAgent } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const second = "flexkube-agent-2";
const listen = "listen: { address: 10.77.0.11, port: 9100 }";
const page = "/etc/kubernetes/web/live/index.html";

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

    const applied = await runAgentOnce(one.host, ["apply"], { image });

    assert.equal(applied.exitCode, 0, applied.stderr);
    assert.deepEqual(await one.containers(), untouched);
    assert.equal(await one.host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", agentContainer), first);
  });

  test("another loop with another config does nothing until the first one's container is gone, then it works", async () => {
    const untouched = await one.containers();
    const stateOf = async (): Promise<string> => one.host.exec("sha256sum", "/var/lib/flexkube/in-force.yaml");
    const kept = await stateOf();
    const config = (await one.host.readFile(hostConfigPath)).toString();
    await one.host.exec("mkdir", "-p", "-m", "0700", "/etc/other");
    await one.host.writeFile(
      "/etc/other/host.yaml",
      config.replace("one\\n", "other\\n").replace("jitter: 0s", `jitter: 0s, ${listen}`),
      0o600,
    );
    const mount = ["--mount", "type=bind,source=/etc/other,target=/etc/other,readonly"];
    const args = ["run", "--config", "/etc/other/host.yaml"];
    await startAgent(one.host, { image, args, name: second, dockerArgs: mount });
    const logs = async (): Promise<string> => (await one.host.tryDocker(["logs", second])).stderr;
    await eventually(async () => (await logs()).includes("stands by"), { what: "the second loop stands by" });
    const status = ["exec", second, "/flexkube-agent", "status", "--exit-code"];
    const first = (await one.host.docker("inspect", "--format", "{{.Id}}", agentContainer)).trim();

    await one.ticks(4);

    const told = await one.host.tryDocker(status);
    assert.equal(told.exitCode, 70, told.stdout);
    assert.match(told.stdout, new RegExp(`another agent's loop is at work.*container ${first.slice(0, 12)}`));
    const health = await one.lab.net("curl", "-s", "--max-time", "3", "http://10.77.0.11:9100/healthz");
    assert.match(health, /^not ok: .*another agent's loop is at work on this host since /);
    assert.equal((await logs()).match(/stands by/g)?.length, 1);
    const { [second]: itself, ...others } = await one.containers();
    assert.ok(itself !== undefined);
    assert.deepEqual(others, untouched);
    assert.equal(await stateOf(), kept);
    await stopAgent(one.host, { kill: true });
    await eventually(async () => (await one.host.exec("cat", page)) === "other\n", { what: "the second loop's page" });
    await one.startAgent();
    const back = async (): Promise<string> => (await one.host.tryDocker(["logs", agentContainer])).stderr;
    await eventually(async () => (await back()).includes("stands by"), { what: "the first one stands by in its turn" });
    await one.host.docker("rm", "-f", second);
    await eventually(async () => (await one.host.exec("cat", page)) === "one\n", { what: "the first one's page" });
    await one.settled();
  });

  test("waits for the first one, which is at work; where it may not, ends with 75 and the holder's name and touches nothing", async () => {
    const holder = (await one.host.docker("inspect", "--format", "{{.Id}}", agentContainer)).trim();
    // the page comes when we say so, and until then the first agent waits with the lock in its hands
    await one.give(
      ["exec httpd", "until [ -e /go ]; do sleep 0.1; done; exec httpd"],
      ["deadline: 6s", "deadline: 60s"],
    );
    const names = async (): Promise<readonly string[]> => Object.keys(await one.containers());
    await eventually(async () => (await names()).includes("web.old"), { what: "the first agent replaces web" });

    const refused = await runAgentOnce(one.host, ["apply", "--lock-timeout", "0s"], { image });
    const isAtWork = (await names()).includes("web.old");
    const waiting = runAgentOnce(one.host, ["apply"], { image, dockerArgs: ["--name", second] });
    const said = async (): Promise<string> => (await one.host.tryDocker(["logs", second])).stderr;
    await eventually(async () => (await said()).includes("waiting for its end"), { what: "the second agent waits" });
    await eventually(async () => one.host.docker("exec", "web", "touch", "/go"), { what: "the new one runs" });
    const waited = await waiting;

    assert.equal(refused.exitCode, 75, refused.stderr);
    assert.match(refused.stderr, new RegExp(`container ${holder.slice(0, 12)}.*; try again`));
    assert.ok(isAtWork, "the first one is at work still");
    assert.equal(waited.exitCode, 0, waited.stderr);
    assert.equal(waited.stdout, "nothing to do\n");
    assert.match(waited.stderr, new RegExp(`container ${holder.slice(0, 12)}.*; waiting for its end`));
    await one.settled();
    assert.deepEqual(await names(), ["bystander", "web"]);
  });
});
