// Containers and files of somebody else under our names: never touched, clearly told, and no reason for the rest to wait.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const path = "/etc/shared/app.conf";

describe("somebody else's containers and files", { skip: skipWithoutLab(), timeout: 300_000 }, () => {
  let one: OneHost;

  before(async () => {
    one = await startOneHost({ file: new URL("whole-host-foreign.yaml", import.meta.url) });
  });
  after(async () => one.lab.down());

  const foreign = async (name: string, ...labels: readonly string[]): Promise<void> => {
    const told = labels.flatMap((label) => ["--label", label]);
    await one.host.docker("run", "-d", "--name", name, ...told, "busybox:lab", "sleep", "1000000");
  };
  const file = async (): Promise<string> => one.host.exec("sh", "-c", `stat -c '%i %Y %a %u %g' ${path}; cat ${path}`);
  const healthy = async (...names: readonly string[]) =>
    one.reported(`${names.join(", ")} healthy`, ({ components }) =>
      names.every((name) => components.some((found) => found.container === name && found.healthy)),
    );
  const shown = async (): Promise<string> => one.host.docker("exec", agentContainer, "/flexkube-agent", "status");

  test("a container and a file that were there before are left as they are, and the others run", async () => {
    // some of our labels do not make it ours
    await foreign("web", "flexkube.cluster=faults", "flexkube.host=h1", "flexkube.component=web");
    await one.host.writeFile(path, "theirs\n", 0o640);
    const [container, content] = [(await one.containers())["web"], await file()];
    await one.give();
    await one.startAgent();

    await one.blocked("web", "name-taken");
    await one.blocked("filed", "path-taken");
    await healthy("bystander");

    await one.ticks(3);
    assert.deepEqual(await one.containers(), { bystander: (await one.containers())["bystander"], web: container });
    assert.equal(await file(), content);
    assert.match(
      await shown(),
      /web: name-taken: the name web is held by a container that is not ours; rename or remove/,
    );
    assert.match(await shown(), /filed: .*\/etc\/shared\/app\.conf/);
  });

  test("when they are gone, the host is as its config asks for", async () => {
    await one.host.docker("rm", "-f", "web");
    await one.host.exec("rm", path);

    await one.settled();

    assert.deepEqual(Object.keys(await one.containers()), ["bystander", "filed", "web"]);
    assert.match(await file(), /\nours\n$/);
  });

  test("a name that only a replacement needs is not taken either: the running container stays until it is free", async () => {
    await foreign("web.old");
    const untouched = await one.containers();
    await one.give([
      'web:\n    image: busybox:lab\n    args: [sleep, "1000000"]',
      "web:\n    image: busybox:lab\n    args: [sleep, '2000000']",
    ]);

    await one.blocked("web", "name-taken");

    await one.ticks(2);
    assert.deepEqual(await one.containers(), untouched);
    await one.host.docker("rm", "-f", "web.old");
    await one.settled();
    assert.notEqual((await one.containers())["web"], untouched["web"]);
  });

  test("the name of the lock in somebody else's hands stops changes with a clear word, and it is not removed", async () => {
    await foreign("flexkube-lock");
    const untouched = await one.containers();
    await one.give([
      'web:\n    image: busybox:lab\n    args: [sleep, "1000000"]',
      "web:\n    image: busybox:lab\n    args: [sleep, '3000000']",
    ]);

    const { error } = await one.reported("the lock is held", ({ result }) => result === "locked");

    assert.match(error?.message ?? "", /not ours; rename or remove it/);
    assert.deepEqual(await one.containers(), untouched);
    await one.host.docker("rm", "-f", "flexkube-lock");
    await one.settled();
  });
});
