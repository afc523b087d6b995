// A change that does not work, on a real host: the old container comes back with its files, and it is not tried again.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const program = "exec httpd -f -p 8080 -h /etc/flexkube/live";
const says = (content: string): readonly [string, string] => ['content: "one\\n"', `content: "${content}\\n"`];
const runs = (script: string): readonly [string, string] => [program, script];
/** How the start ended that did not work, and its last words, before what came back. */
const ending =
  /^done:\n(?:.*\n)*.* started +changed: files\n(?:.*\n)*.* failed .*\s+\(exit\s+code\s+7\)\n(?: +\| .*\n)* +\| cannot open the database\n(?:.*\n)*.* started +the new\s+container\s+did not work\n/;
const held =
  /^held:\n {2}web: the new configuration did not work .*\(rejected\)\n {4}free when: another host config comes/m;
const livePage = "/etc/kubernetes/web/live/index.html";

describe("a change that does not work", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let one: OneHost;

  before(async () => {
    one = await startOneHost({ file: new URL("trial-host.yaml", import.meta.url) });
    await one.give();
    await one.startAgent();
    await one.settled();
  });
  after(async () => one.lab.down());

  const page = async (): Promise<string> => one.lab.net("curl", "-sf", "--max-time", "3", "http://10.77.0.11:8080/");
  const idOf = async (name: string): Promise<string> => one.host.docker("inspect", "--format", "{{.Id}}", name);
  const failures = async () => (await one.events()).filter(({ kind }) => kind === "failed");
  const trialIsOn = async (): Promise<void> => {
    const on = async () =>
      (await one.host.docker("inspect", "--format", "{{.State.Running}}", "web", "web.old")) === "true\nfalse\n";
    await eventually(on, { what: "the new container is on trial" });
  };

  test("begins after what Docker did by itself, which is told with its exit code and number", async () => {
    // a restart is told while the engine still waits with it
    const pid = async (): Promise<string> =>
      eventually(
        async () => {
          const found = (await one.host.docker("inspect", "--format", "{{.State.Pid}}", "web")).trim();
          return found !== "0" && found;
        },
        { what: "web runs" },
      );
    const told = async (): Promise<readonly string[]> =>
      (await one.events()).flatMap(({ kind, container, cause, exitCode }) =>
        kind === "restarted" || kind === "ended"
          ? [`${container} ${kind}: ${cause}, exit code ${exitCode ?? "?"}`]
          : [],
      );
    const lines: string[] = [];
    for (const number of ["1st", "2nd"]) {
      await one.host.exec("kill", "-9", await pid());
      lines.push(`web restarted: it ended and the engine started it again, ${number} time, exit code 137`);
      await eventually(async () => (await told()).length === lines.length, { what: `restart ${number} is told` });
    }
    await one.host.docker("kill", "bystander");
    lines.push("bystander ended: it ended, but not by the agent, exit code 137");
    await eventually(async () => (await told()).length === lines.length, { what: "an end is told" });
    await one.ticks(2);

    assert.deepEqual(await told(), lines);
    const status = await one.host.docker("exec", agentContainer, "flexkube-agent", "status");
    assert.match(status, /^web +running \S+ \(2 restarts, exit 137\) /m);
    assert.match(status, /^bystander +running \S+ \(1 restart, exit 137\) /m);
    const events = await one.host.docker("exec", agentContainer, "flexkube-agent", "events", "bystander");
    assert.match(
      events,
      /Z {2}bystander {2}ended {4}it ended, but not by the agent\s+\(exit\s+code\s+137\)\n.* started {2}/,
    );
    assert.doesNotMatch(events, / web /);
  });

  test("goes back to the old container and the old files, tells why, and is not tried again", async () => {
    const untouched = await one.containers();
    await one.give(runs("echo opening; echo cannot open the database >&2; exit 7"), says("two"));

    await one.blocked("web", "rejected");

    const back = await one.containers();
    assert.equal(back["web"]?.split(" ")[0], untouched["web"]?.split(" ")[0]);
    assert.equal(back["bystander"], untouched["bystander"]);
    assert.deepEqual(Object.keys(back), ["bystander", "web"]);
    assert.equal(await page(), "one\n");
    const [failed] = await failures();
    assert.equal(failed?.exitCode, 7);
    assert.match(failed?.output ?? "", /cannot open the database/);
    await one.ticks(1);
    const explained = await one.host.docker("exec", agentContainer, "flexkube-agent", "explain", "web");
    assert.match(explained, ending);
    assert.match(explained, held);
    const told = await one.events();
    await one.ticks(4);
    assert.deepEqual(await one.containers(), back);
    assert.deepEqual(await one.events(), told);
  });

  test("makes room for a third config, which is taken", async () => {
    await one.give(says("three"));

    await one.settled();

    assert.equal(await page(), "three\n");
  });

  test("goes back too when the agent is killed in the middle of the trial", async () => {
    const old = await idOf("web");
    const agent = (await one.host.docker("inspect", "--format", "{{.State.Pid}}", agentContainer)).trim();
    await one.give(runs("exec sleep 1000000"), says("four"), ["deadline: 6s", "deadline: 12s"]);
    await trialIsOn();

    await one.host.exec("kill", "-9", agent);

    // the next agent gives it a whole deadline more
    assert.equal((await one.host.readFile(livePage)).toString(), "four\n");
    await one.blocked("web", "rejected");
    assert.equal(await idOf("web"), old);
    assert.equal(await page(), "three\n");
    assert.deepEqual(Object.keys(await one.containers()), ["bystander", "web"]);
    assert.equal((await failures()).length, 2);
  });

  test("goes back after a power cut in the middle of the trial", async () => {
    const old = await idOf("web");
    await one.give(runs("exec sleep 1000000"), says("five"));
    await trialIsOn();

    await one.host.kill();
    await one.host.start();

    await one.blocked("web", "rejected");
    assert.equal(await idOf("web"), old);
    assert.equal(await page(), "three\n");
    assert.deepEqual(Object.keys(await one.containers()), ["bystander", "web"]);
  });

  test("in its live file alone goes back to the content that worked, in the same container", async () => {
    const untouched = await one.containers();
    const asked = ["path: /index.html", "path: /index.html, status: 404"] as const;
    await one.give(asked, says("six"));

    await one.blocked("web", "rejected");

    assert.deepEqual(await one.containers(), untouched);
    assert.equal((await one.host.readFile(livePage)).toString(), "three\n");
  });

  test("does not hold up the repair of another container that Docker does not restart", async () => {
    const told = async (): Promise<readonly string[]> =>
      (await one.events()).map(({ container, kind }) => `${container} ${kind}`);
    const mark = (await told()).length;
    await one.give(runs("exec sleep 1000000"), says("seven"), ["deadline: 6s", "deadline: 12s"]);
    await trialIsOn();

    await one.host.docker("kill", "bystander");
    await one.blocked("web", "rejected");

    const since = (await told()).slice(mark);
    const [repair, end] = [since.indexOf("bystander started"), since.indexOf("web failed")];
    assert.ok(repair >= 0 && repair < end, since.join(", "));
    assert.equal(await page(), "three\n");
  });
});
