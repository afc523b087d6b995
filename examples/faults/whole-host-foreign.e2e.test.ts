// Containers and files of somebody else under our names: never touched, clearly told, and no reason for the rest to wait.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { agentContainer } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { startOneHost } from "#lab/one-host.ts";
import type { OneHost } from "#lab/one-host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const path = "/etc/shared/app.conf";

describe("somebody else's containers and files", { skip: skipWithoutLab("namespace"), timeout: 300_000 }, () => {
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

  test("a copy of one of ours, made by docker commit, is somebody else's: it is told of and runs on", async () => {
    await one.host.docker("commit", "web", "copied:1");
    await one.host.docker("run", "-d", "--name", "mycopy", "--entrypoint", "sleep", "copied:1", "1000000");
    const state = async (): Promise<string> => one.host.docker("inspect", "-f", "{{.Id}} {{.State.Running}}", "mycopy");
    const begun = await state();

    await one.ticks(3);

    assert.equal(await state(), begun);
    assert.match(begun, / true/);
    assert.match(await shown(), /mycopy has its labels from its image/);
    await one.host.docker("rm", "-f", "mycopy");
  });

  /** Why the component whose file lies there cannot be looked at. */
  const unknown = async (): Promise<string> => {
    const { blocked } = await one.blocked("filed", "unknown");
    return blocked.find(({ container }) => container === "filed")?.reason ?? "";
  };
  const returns = async (name: string): Promise<void> => {
    const { [name]: old } = await one.containers();
    await one.host.docker("rm", "-f", name);
    // the report of before has it too
    const isRunning = async (): Promise<boolean> =>
      (await one.host.docker("inspect", "-f", "{{.State.Running}}", name)) === "true\n";
    await eventually(async () => (await isRunning()) && (await one.containers())[name] !== old, {
      what: `${name} is back`,
      deadlineMs: 60_000,
    });
  };

  test("a path that cannot be read holds up its own component and no other", async () => {
    await one.host.exec("sh", "-c", "rm -rf /etc/shared; ln -s /proc/1/root/tmp /etc/shared");
    const reason = await unknown();

    await returns("bystander");

    assert.match(reason, /\/etc\/shared\/app\.conf cannot be looked at: not permitted \(EACCES\)/);
    await one.host.exec("rm", "/etc/shared");
    await one.settled();
  });

  test("so does one on a file system that does not answer, and the agent ends when it is asked to", async () => {
    await one.host.exec("sh", "-c", "mkdir /mnt/hung");
    // a FUSE file system whose server reads no request, as a server of files that went away
    const mount = "mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0,allow_other hung /mnt/hung";
    const inHost = `nsenter --mount=/proc/${await one.host.pid()}/ns/mnt sh -c '${mount} && echo mounted && exec sleep 1000'`;
    const server = spawn("sh", ["-c", `exec 3<>/dev/fuse; exec ${inHost}`], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(server.stdout, "data");
      await one.host.exec("sh", "-c", "rm -rf /etc/shared; ln -s /mnt/hung /etc/shared");
      assert.match(await unknown(), /its file system (does not answer|has not answered)/);

      await returns("bystander");

      await one.host.docker("stop", "-t", "20", agentContainer);
      assert.equal((await one.host.docker("inspect", "-f", "{{.State.ExitCode}}", agentContainer)).trim(), "0");
      await one.host.docker("start", agentContainer);
      await returns("web");
    } finally {
      server.kill("SIGKILL");
      await one.host.exec("sh", "-c", "umount -l /mnt/hung; rm /etc/shared");
    }
    await one.settled();
  });

  test("a directory of ours that somebody removes or replaces under its container reaches the container again", async () => {
    const page = async (): Promise<string> => one.host.docker("exec", "filed", "cat", "/etc/flexkube/live/page");
    const own = "/etc/kubernetes/filed";
    for (const [what, command] of [
      ["removed", `rm -rf ${own}`],
      ["moved away for another", `mv ${own}/live ${own}/before; cp -a ${own}/before ${own}/live`],
    ] as const) {
      const old = await one.containers();
      await one.host.exec("sh", "-c", command);

      await eventually(async () => assert.notEqual((await one.containers())["filed"], old["filed"]), {
        what: `filed has started since its directory was ${what}`,
        deadlineMs: 30_000,
      });

      await one.settled();
      assert.equal(await page(), "hello\n");
      await one.ticks(2);
      const fresh = await one.containers();
      await one.ticks(3);
      assert.deepEqual(await one.containers(), fresh);
      assert.deepEqual([fresh["web"], fresh["bystander"]], [old["web"], old["bystander"]]);
    }
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
