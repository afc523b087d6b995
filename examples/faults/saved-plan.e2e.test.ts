// A saved plan on a real host: done as it was printed, or nothing is touched.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runAgentOnce } from "#lab/agent.ts";
import { agentImage } from "#lab/images.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import type { CommandResult } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const file = "/var/lib/flexkube/plan.json";
const page = "/etc/kubernetes/web/live/index.html";

describe("a saved plan", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let one: OneHost;
  let image: string;

  const agent = async (...args: readonly string[]): Promise<CommandResult> => runAgentOnce(one.host, args, { image });
  const apply = async (): Promise<CommandResult> => agent("apply", "--plan", file);
  const shown = async (): Promise<string> => one.host.exec("cat", page);
  /** Containers, and all files of ours. */
  const world = async (): Promise<string> => {
    const files = await one.host.exec("sh", "-c", "find /etc/kubernetes -type f | sort | xargs sha256sum");
    return JSON.stringify([await one.containers(), files]);
  };
  const planned = async (): Promise<string> => {
    const { exitCode, stdout, stderr } = await agent("plan", "--save", file);
    assert.deepEqual(
      [exitCode, stderr],
      [2, `saved: flexkube-agent apply --plan ${file} does exactly this, or nothing\n`],
    );
    return stdout;
  };

  before(async () => {
    one = await startOneHost({ file: new URL("trial-host.yaml", import.meta.url) });
    image = (await agentImage()).reference;
  });
  after(async () => one.lab.down());

  test("of a bare host is done as it was printed, and once", async () => {
    await one.give();
    const printed = await planned();
    assert.match(printed, /^create web from busybox:lab/m);

    const { exitCode, stdout } = await apply();

    assert.deepEqual([exitCode, stdout], [0, `${printed}changed\n`]);
    assert.equal(await shown(), "one\n");
    const again = await apply();
    assert.equal(again.exitCode, 2, again.stderr);
    assert.match(again.stderr, /PLAN_OUTDATED[^]*web: container web: was not there, is /);
  });

  test("of a change is done as it was printed", async () => {
    await one.give(["one\\n", "two\\n"], ["-p 8080 -h", "-f -p 8080 -h"]);
    const printed = await planned();

    const { exitCode, stdout } = await apply();

    assert.deepEqual([exitCode, stdout], [0, `${printed}changed\n`]);
    assert.equal(await shown(), "two\n");
  });

  test("is refused with nothing touched when a container has ended, a file was edited or another config came", async () => {
    await one.give(["one\\n", "three\\n"]);
    await planned();

    await one.host.docker("stop", "bystander");
    const ended = await world();
    const first = await apply();
    assert.equal(await world(), ended);
    await one.host.docker("start", "bystander");
    await one.host.writeFile(page, "by hand\n");
    const edited = await world();
    const second = await apply();
    assert.equal(await world(), edited);
    await one.give(["one\\n", "four\\n"]);
    const third = await apply();
    assert.equal(await world(), edited);

    assert.deepEqual([first.exitCode, second.exitCode, third.exitCode], [2, 2, 65]);
    assert.match(first.stderr, /bystander: container bystander: was [^\n]*running, is [^\n]*exited with /);
    assert.match(second.stderr, /web: path \/etc\/kubernetes\/web\/live\/index\.html: was file, /);
    assert.match(third.stderr, /PLAN_OTHER_CONFIG[^]*of generation 3[^]*of generation 4/);
    assert.doesNotMatch((await one.host.readFile(file)).toString(), /exec httpd|three/);
  });
});
