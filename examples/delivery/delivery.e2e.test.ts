// The README's four ways to deliver a host config, typed as they stand there, and the agent's commands beside them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { agentContainer, agentLogs, removeContainers, runAgentOnce } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStore, labImages } from "#lab/images.ts";
import type { LabImage } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import type { Lab } from "#lab/lab.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import type { CommandResult } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { withMark } from "#shared/delivery/delivery-mark.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const readme = new URL("README.md", import.meta.url);

describe("delivery of a host config", { skip: skipWithoutLab(), timeout: 600_000 }, () => {
  let lab: Lab;
  let box: LabHost;
  let own: LabImage;
  let busybox: LabImage;

  before(async () => {
    own = await agentImage();
    lab = await startLab({ hosts: ["box1"], seed: await imageStore([own]) });
    box = lab.host("box1");
    ({ busybox } = await labImages("busybox"));
    await box.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube", "/var/lib/images");
  });

  afterEach(async () => {
    await removeContainers(box);
    await box.exec("sh", "-c", "rm -rf /etc/flexkube/* /var/lib/flexkube/* /etc/kubernetes");
  });

  after(async () => lab.down());

  const type = async (heading: string): Promise<void> => {
    const commands = await readCommands(readme, heading);
    await runCommand(["env", "-C", here, "sh", "-euc", commands], { env: { DOCKER_HOST: `unix://${box.socket}` } });
  };
  const greets = async (): Promise<void> => {
    await eventually(async () => (await box.docker("logs", "greeter")).includes("hello"), {
      what: "the greeter runs",
      deadlineMs: 60_000,
    });
    await eventually(
      async () => (await box.docker("exec", agentContainer, "/flexkube-agent", "status")).includes("settled"),
      { what: "the agent has settled" },
    );
  };

  test("copied to the host, where a change is taken up", async () => {
    await box.load(busybox.tar);
    await box.copyIn(`${here}host.yaml`, "/etc/flexkube/host.yaml", 0o600);

    await type("Copied to the host");

    await greets();
    const text = await readFile(`${here}host.yaml`, "utf8");
    const motd = async (): Promise<string> => box.docker("exec", "greeter", "cat", "/etc/flexkube/live/motd");
    const healthy = ["exec", agentContainer, "/flexkube-agent", "status", "--wait", "30s"] as const;
    await box.writeFile("/etc/flexkube/host.yaml", text.replace("read me again", "read me twice"));
    await box.docker(...healthy);
    assert.equal(await motd(), "read me twice\n");
    await box.writeFile("/etc/flexkube/new.yaml", text.replace("read me again", "read me thrice"));
    await box.exec("mv", "/etc/flexkube/new.yaml", "/etc/flexkube/host.yaml");
    await box.docker(...healthy);
    assert.equal(await motd(), "read me thrice\n");

    // the container keeps the directory that it was started with
    await box.exec("mv", "/etc/flexkube", "/etc/moved");
    await box.exec("mkdir", "-m", "0700", "/etc/flexkube");
    await box.writeFile("/etc/flexkube/host.yaml", text, 0o600);
    await box.docker("kill", "--signal", "HUP", agentContainer);
    const told = async (): Promise<boolean> =>
      /what is put there now is not seen here: restart the agent's container/.test(
        await box.docker("exec", agentContainer, "/flexkube-agent", "status"),
      );
    await eventually(told, { what: "the agent says that it does not see the new directory" });
    await box.docker("restart", agentContainer);
    await box.docker(...healthy);
    assert.equal(await motd(), "read me again\n");
    await box.exec("rm", "-r", "/etc/moved");
  });

  test("copied into the agent's container", async () => {
    await box.load(busybox.tar);
    await type("Copied into the agent's container");

    await greets();
  });

  test("on standard input, and after a restart of the agent the config in force", async () => {
    await box.load(busybox.tar);
    await type("On standard input");
    await greets();
    await box.docker("rm", "-f", "greeter");

    await box.docker("restart", agentContainer);

    await greets();
  });

  test("baked, with images from a directory of archives and no network", async () => {
    const image = (await box.docker("images", "-q", busybox.reference)).trim();
    if (image !== "") await box.docker("rmi", "-f", busybox.reference);
    await box.copyIn(busybox.tar, "/var/lib/images/busybox.tar");

    await type("Baked into the node's image");

    await greets();
    assert.match(await agentLogs(box), /loading image from archive/);
  });

  test("plan, apply, validate, status and reset tell by exit code what they found", async () => {
    await box.load(busybox.tar);
    const options = { image: own.reference, hostConfigFile: `${here}host.yaml` };
    const code = async (...args: readonly string[]): Promise<number> =>
      (await runAgentOnce(box, args, options)).exitCode;

    assert.equal(await code("validate"), 0);
    assert.equal(await code("plan"), 2);
    assert.equal(await code("apply"), 0);
    assert.equal(await code("plan"), 0);
    assert.equal(await code("status"), 0);
    assert.equal(await code("status", "--exit-code"), 0);
    assert.equal(await code("reset", "--dry-run"), 0);
    assert.equal(await code("nonsense"), 64);
    assert.equal(await code("version"), 0);
    assert.equal(await code("plan", "--host", "other"), 65);
    assert.equal(await code("status", "--exit-code", "--host", "other"), 65);
    assert.equal(await code("plan", "--socket", "/nowhere.sock"), 69);
  });

  test("an unusable config is refused with every problem and its place, and nothing is done", async () => {
    const text = (await readFile(`${here}host.yaml`, "utf8")).replace("image: busybox:lab", "image: 5\n    imagee: x");
    await box.writeFile("/etc/flexkube/host.yaml", text);

    const { exitCode, stderr } = await runAgentOnce(box, ["apply"], { image: own.reference });

    assert.equal(exitCode, 65);
    assert.match(stderr, /host\.yaml:10:\d+: containers\.greeter\.image: /);
    assert.match(stderr, /host\.yaml:11:\d+: containers\.greeter\.imagee: .*did you mean image/);
    assert.doesNotMatch(await box.docker("ps", "-a", "--format", "{{.Names}}"), /greeter/);
  });

  test("a planner's config that was cut, or is for another machine, starts nothing and is told", async () => {
    await box.load(busybox.tar);
    const document = (await readFile(`${here}host.yaml`, "utf8")).replace(/^host:.*$/m, "$&\naddress: 192.0.2.7");
    const whole = withMark(document, { cluster: "edge", host: "box1", generation: 6 });
    const applied = async (text: string): Promise<CommandResult> => {
      await box.writeFile("/etc/flexkube/host.yaml", text);
      return runAgentOnce(box, ["apply"], { image: own.reference });
    };

    const cut = await applied(whole.slice(0, -20));
    const elsewhere = await applied(whole);

    assert.equal(cut.exitCode, 65);
    assert.match(cut.stderr, /the file ends after [0-9,]+ of [0-9,]+ bytes/);
    assert.equal(elsewhere.exitCode, 65);
    assert.match(elsewhere.stderr, new RegExp(`this host has .*${box.ip}.*is this box1's machine`));
    assert.doesNotMatch(await box.docker("ps", "-a", "--format", "{{.Names}}"), /greeter/);
  });

  test("without the host's / mounted the agent reads files through config containers, and says so", async () => {
    await box.load(busybox.tar);
    await box.copyIn(`${here}host.yaml`, "/etc/flexkube/host.yaml", 0o600);
    const commands = (await readCommands(readme, "Copied to the host")).replace(/^.*target=\/host.*\n/m, "");
    await runCommand(["env", "-C", here, "sh", "-euc", commands], { env: { DOCKER_HOST: `unix://${box.socket}` } });

    await greets();

    assert.match(await agentLogs(box), /not mounted: every tick reads files through a config container/);
    // a tick that is under way has one
    await eventually(
      async () => !/flexkube-config|flexkube-lock/.test(await box.docker("ps", "-a", "--format", "{{.Names}}")),
      { what: "no helper stays" },
    );
  });

  test("reset tells what it leaves, a restarted agent that it waits for apply, and the uninstall leaves nothing", async () => {
    const files = async (): Promise<readonly string[]> =>
      (
        await box.exec(
          "find",
          "/etc",
          "/opt",
          "/root",
          "/srv",
          "/usr/local",
          "/var/lib",
          "-path",
          "/var/lib/docker",
          "-prune",
          "-o",
          "-print",
        )
      ).split("\n");
    await box.load(busybox.tar);
    await box.exec("rm", "-rf", "/etc/flexkube", "/var/lib/flexkube");
    const untouched = await files();
    await box.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
    await box.copyIn(`${here}host.yaml`, "/etc/flexkube/host.yaml", 0o600);
    await type("Copied to the host");
    await greets();
    const agent = ["exec", agentContainer, "/flexkube-agent"] as const;
    const list = await box.docker(...agent, "reset", "--dry-run");
    assert.match(
      list,
      /^# image stays: busybox:lab\n# stays: \/etc\/flexkube\/host\.yaml\n# stays: \/var\/lib\/flexkube\n/m,
    );

    await box.docker(...agent, "reset");

    assert.equal((await box.exec("ls", "/var/lib/flexkube")).includes(".yaml"), false);
    await box.docker("restart", agentContainer);
    await eventually(async () => /was reset and stays empty/.test(await agentLogs(box)), { what: "the agent says so" });
    assert.match(await box.docker(...agent, "status"), /was reset at .* and stays empty until: flexkube-agent apply/);
    await box.docker(...agent, "apply");
    await greets();
    for (const line of (await readCommands(new URL("../../README.md", import.meta.url), "Taking it away again")).split(
      "\n",
    ))
      if (line.startsWith("docker ")) await box.docker(...line.split(" ").slice(1));
      else if (line !== "") await box.exec("sh", "-c", line);
    assert.deepEqual(await files(), untouched);
    assert.equal((await box.docker("ps", "-aq")).trim(), "");
    await box.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
  });
});
