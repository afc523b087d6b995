// Boot documents before what reads them on real machines: cloud-init's schema and its first boot, ignition-validate, systemd-analyze,
// genisoimage, shellcheck; and a lab's host that comes up by the unit's own command lines, and by the script.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { agentContainer, removeContainers } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStore, labImages } from "#lab/images.ts";
import type { LabImage } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import type { Lab } from "#lab/lab.ts";
import { runCommand, tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { makeServerKeys } from "#lab/web-server.ts";
import { seedCommand } from "#planner/boot/seed-command.ts";
import { unitCommands } from "#planner/boot/testing/unit-commands.ts";
import { readUserData } from "#planner/terraform/calls/user-data.ts";
import { userDataAttributes } from "#planner/terraform/calls/user-data-words.ts";
import { textIn } from "#planner/terraform/testing/fake-core.ts";
import { emptyRow } from "#planner/terraform/wire/attributes.ts";
import { isMap, readValue, writeValue } from "#planner/terraform/wire/value.ts";
import type { BootRoot } from "./boot-root.ts";
import { assertBooted, bootFromSeed, createBootRoot } from "./boot-root.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const hostConfig = join(project, "examples/delivery/host.yaml");
const planner = [join(project, "node_modules/.bin/node"), join(project, "planner/main.ts")];

/** Files of host box1 by name, as the command writes them. */
async function made(...options: readonly string[]): Promise<(name: string) => Promise<Buffer>> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-boot-"));
  after(async () => rm(directory, { recursive: true, force: true }));
  const config = options.includes("--config") ? [] : ["--config", hostConfig];
  await runCommand([...planner, "boot", "box1", ...config, "--out", directory, ...options]);
  return async (name) => readFile(join(directory, "box1", name));
}

/** The same of a sealed cluster, whose host asks a web server with a CA of its own; split once. */
async function madeForWeb(): Promise<(file: string, ...options: readonly string[]) => Promise<Buffer>> {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-boot-web-"));
  after(async () => rm(directory, { recursive: true, force: true }));
  const hosts = { box1: { address: "10.0.0.1" } };
  const config = { apiVersion: "flexkube/v1alpha1", kind: "Cluster", name: "edge", hosts };
  await writeFile(join(directory, "cluster.yaml"), JSON.stringify(config));
  await makeServerKeys(directory, "10.0.0.9");
  const type = async (...words: readonly string[]) => runCommand(["env", "-C", directory, ...planner, ...words]);
  await type("split", "--seal");
  const web = ["--config-url", "https://10.0.0.9:8443/{host}.age", "--config-ca", "ca.pem", "--out", "boot"];
  return async (file, ...options) => {
    await type("boot", "box1", ...web, ...options);
    return readFile(join(directory, "boot/box1", file));
  };
}

describe("boot documents before their readers", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let root: BootRoot;
  before(async () => {
    root = await createBootRoot();
  });
  after(async () => root.remove());

  const expected = async () => ({
    config: await readFile(hostConfig),
    unit: await (await made("--format", "systemd"))("flexkube-agent.service"),
  });

  const schema = async (text: string | Uint8Array) => {
    await root.write("tmp/user-data", text);
    return root.run("cloud-init", "schema", "--config-file", "/tmp/user-data");
  };

  test("cloud-init's own schema takes the cloud-config, and not one with a bare mode or an unknown encoding", async () => {
    const text = (await (await made("--format", "cloud-init"))("user-data")).toString();

    const good = await schema(text);
    const bare = await schema(text.replace('permissions: "0600"', "permissions: 0600"));
    const encoded = await schema(text.replace("content: |", "encoding: zip\n    content: |"));

    assert.equal(good.exitCode, 0, good.stdout + good.stderr);
    assert.match(good.stdout + good.stderr, /Valid cloud-config/);
    assert.deepEqual([bare.exitCode, encoded.exitCode], [1, 1]);
    assert.match(bare.stdout + bare.stderr, /permissions: 384 is not of type 'string'/);
  });

  test("cloud-init boots from the packed seed: private directories, the very bytes with mode 0600, and the unit started", async () => {
    const seed = await made("--format", "nocloud", "--gzip");
    for (const name of ["user-data", "meta-data"])
      await root.write(`var/lib/cloud/seed/nocloud/${name}`, await seed(name));

    const stages = await bootFromSeed(root);

    await assertBooted(root, stages, await expected());
  });

  test("the provider's user-data, as it is when nothing is said of a format, boots to the same bytes", async (t) => {
    const asked = { host: "box1", host_config: await readFile(hostConfig, "utf8") };
    const config = writeValue({ ...emptyRow(userDataAttributes), ...asked });
    const told = readValue(readUserData({ type_name: "flexkube_user_data", config }).state);
    // a cloud undoes base64, cloud-init undoes gzip
    const packed = Buffer.from(textIn(isMap(told) ? told["gzip_base64"] : null), "base64");
    const own = await createBootRoot();
    t.after(async () => own.remove());
    await own.write("var/lib/cloud/seed/nocloud/user-data", packed);
    const metaData = await (await made("--format", "nocloud"))("meta-data");
    await own.write("var/lib/cloud/seed/nocloud/meta-data", metaData);

    const { exitCode, stdout, stderr } = await schema(gunzipSync(packed));
    const stages = await bootFromSeed(own);

    assert.equal(exitCode, 0, stdout + stderr);
    await assertBooted(own, stages, await expected());
  });

  test("ignition-validate takes the config and the pointer, and not a mode in quotes, a relative path or half a digest", async () => {
    const file = await made("--format", "ignition", "--url", "https://boot.example.org/c1");
    const [whole, pointer] = [(await file("config.ign")).toString(), (await file("pointer.ign")).toString()];
    const judged = async (text: string): Promise<number> => {
      await root.write("tmp/config.ign", text);
      return (await root.run("ignition-validate", "/tmp/config.ign")).exitCode;
    };

    assert.deepEqual([await judged(whole), await judged(pointer)], [0, 0]);
    assert.notEqual(await judged(whole.replace('"mode":384', '"mode":"0600"')), 0);
    assert.notEqual(await judged(whole.replace('"path":"/etc/flexkube/host.yaml"', '"path":"host.yaml"')), 0);
    assert.notEqual(await judged(pointer.replace(/sha512-.{64}/, "sha512-")), 0);
  });

  test("systemd takes the unit without a word, and not one with a setting that it does not know", async () => {
    const unit = (await (await made("--format", "systemd"))("flexkube-agent.service")).toString();
    const verify = async (text: string) => {
      await root.write("tmp/flexkube-agent.service", text);
      const how = ["--man=no", "--recursive-errors=no"];
      return root.run("systemd-analyze", "verify", ...how, "/tmp/flexkube-agent.service");
    };

    const good = await verify(unit);

    assert.deepEqual([good.exitCode, good.stderr], [0, ""]);
    const broken = [unit.replace("Restart=on-failure", "Restart=sometimes"), unit.replace('c "for', 'c "for "')];
    for (const each of broken) {
      const { exitCode, stderr } = await verify(each);
      assert.notDeepEqual([exitCode, stderr], [0, ""]);
    }
  });

  test("the printed command makes a disk with the label by which cloud-init finds it", async () => {
    const seed = await made("--format", "nocloud");
    for (const name of ["user-data", "meta-data"]) await root.write(`tmp/seed/${name}`, await seed(name));

    const { exitCode, stderr } = await root.run("sh", "-c", seedCommand("/tmp/seed"));

    assert.equal(exitCode, 0, stderr);
    const disk = await readFile(join(root.directory, "tmp/seed/seed.iso"));
    // ISO 9660: the volume's name in the first descriptor, in sector 16
    assert.equal(
      disk
        .subarray(16 * 2048 + 40, 16 * 2048 + 72)
        .toString()
        .trim(),
      "cidata",
    );
    assert.ok(disk.includes(await readFile(hostConfig, "utf8").then((text) => text.split("\n")[0] ?? "")));
  });

  test("what asks a web server is taken by each of them too, with a sealed first file and the host's key beside", async () => {
    const document = await madeForWeb();
    for (const more of [[], ["--config", "sealed/{host}.age", "--identity"]]) {
      const cloud = await schema(await document("user-data", "--format", "cloud-init", ...more));
      await root.write("tmp/config.ign", await document("config.ign", "--format", "ignition", ...more));
      const ignition = await root.run("ignition-validate", "/tmp/config.ign");
      const input = await document("boot.sh", "--format", "script", ...more);
      const script = await tryCommand(["shellcheck", "-"], { input });

      for (const { exitCode, stdout, stderr } of [cloud, ignition, script]) assert.equal(exitCode, 0, stdout + stderr);
      assert.match(cloud.stdout + cloud.stderr, /Valid cloud-config/);
      assert.equal(script.stdout, "");
    }
    const unit = await document("flexkube-agent.service", "--format", "systemd");
    await root.write("tmp/flexkube-agent.service", unit);
    const how = ["--man=no", "--recursive-errors=no"];
    const { exitCode, stderr } = await root.run("systemd-analyze", "verify", ...how, "/tmp/flexkube-agent.service");
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });

  test("shellcheck has nothing to say about the script", async () => {
    const script = await (await made("--format", "script"))("boot.sh");
    const { exitCode, stdout } = await tryCommand(["shellcheck", "-"], { input: script });

    assert.deepEqual([exitCode, stdout], [0, ""]);
    const broken = await tryCommand(["shellcheck", "-"], { input: script.toString().replace("set -eu", "cd $1") });
    assert.notEqual(broken.exitCode, 0);
  });
});

describe("boot documents on a host", { skip: skipWithoutLab("namespace"), timeout: 900_000 }, () => {
  let lab: Lab;
  let box: LabHost;
  let own: LabImage;
  before(async () => {
    own = await agentImage();
    const { busybox } = await labImages("busybox");
    lab = await startLab({ hosts: ["box1"], seed: await imageStore([busybox]) });
    box = lab.host("box1");
    // the host's own command line, as users have it
    await box.copyIn(
      (await runCommand(["sh", "-c", "readlink -f $(command -v docker)"])).trim(),
      "/usr/bin/docker",
      0o755,
    );
  });
  after(async () => lab.down());
  afterEach(async () => {
    await removeContainers(box);
    await box.exec("rm", "-rf", "/etc/flexkube", "/var/lib/flexkube");
    await box.tryDocker(["rmi", "-f", own.reference]);
  });

  const greets = async (): Promise<void> => {
    await eventually(async () => (await box.docker("logs", "greeter")).includes("hello"), {
      what: "the greeter runs",
      deadlineMs: 120_000,
    });
    await box.docker("exec", agentContainer, "/flexkube-agent", "status", "--wait", "60s");
  };

  test("the unit's command lines load the image from an archive and bring the agent up; again they change nothing", async () => {
    const unit = (await (await made("--format", "systemd"))("flexkube-agent.service")).toString();
    const commands = unitCommands(unit);
    await box.copyIn(hostConfig, "/etc/flexkube/host.yaml", 0o600);
    await box.writeFile("/var/lib/flexkube/images/0-broken.tar", "no archive");
    await box.copyIn(own.tar, "/var/lib/flexkube/images/agent.tar");
    const start = async (): Promise<string> => {
      for (const command of commands) await box.exec(...command);
      return box.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", agentContainer);
    };

    const first = await start();

    await greets();
    assert.equal(
      (await box.exec("stat", "-c", "%a %n", "/etc/flexkube", "/var/lib/flexkube")).trim(),
      "700 /etc/flexkube\n700 /var/lib/flexkube",
    );
    assert.equal(await start(), first);
    await box.docker("stop", agentContainer);
    assert.equal((await start()).split(" ")[0], first.split(" ")[0]);
    await greets();
  });

  test("the start line fails where there is no Docker, so that systemd tries it again", async () => {
    const unit = (await (await made("--format", "systemd"))("flexkube-agent.service")).toString();
    const [, images = [], start = []] = unitCommands(unit);
    await box.dockerd.off();

    const codes = [await box.attempt(images), await box.attempt(start)].map(({ exitCode }) => exitCode);

    await box.dockerd.on();
    assert.equal(codes[0], 0);
    assert.notEqual(codes[1], 0);
  });

  test("the script brings a host up that has no systemd, and may be run again", async () => {
    await box.load(own.tar);
    const script = await (await made("--format", "script"))("boot.sh");
    await box.writeFile("/root/boot.sh", script);

    for (const round of [1, 2]) {
      const { exitCode, stderr } = await box.attempt(["sh", "/root/boot.sh"]);
      assert.equal(exitCode, 0, `${round}: ${stderr}`);
    }

    await greets();
    assert.deepEqual(await box.readFile("/etc/flexkube/host.yaml"), await readFile(hostConfig));
    assert.equal(
      (await box.exec("stat", "-c", "%a %n", "/etc/flexkube/host.yaml", "/etc/flexkube")).trim(),
      "600 /etc/flexkube/host.yaml\n700 /etc/flexkube",
    );
  });

  test("bytes that are no text come out of the script as they went in", async () => {
    await box.load(own.tar);
    const sealed = join(await mkdtemp(join(tmpdir(), "flexkube-sealed-")), "box1.sealed");
    after(async () => rm(join(sealed, ".."), { recursive: true, force: true }));
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 256));
    await writeFile(sealed, bytes);

    await box.writeFile("/root/boot.sh", await (await made("--format", "script", "--config", sealed))("boot.sh"));
    await box.exec("sh", "/root/boot.sh");

    assert.deepEqual(await box.readFile("/etc/flexkube/host.yaml"), bytes);
  });
});
