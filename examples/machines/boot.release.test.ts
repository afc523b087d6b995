// A machine that nobody logs in to: what its first boot is given is all that it gets, by cloud-init and Docker or as a quadlet of Podman's,
// and systemd brings the agent back after a reboot.
import assert from "node:assert/strict";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import { untilHealthy } from "#lab/until-healthy.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, exampleImages } from "#lab/images.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { makeServerKeys, startWebServer, type WebServer } from "#lab/web-server.ts";
import { keptByAgent, startByQuadlet } from "../podman/start-by-quadlet.ts";

const skip = skipWithoutLab() || skipWithoutRelease();

describe("a machine's first boot by cloud-init", { skip, timeout: 2_400_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let server: WebServer;
  let m1: LabHost;

  before(async () => {
    lab = await startClusterLab({ m1: "machine" }, { packages: ["cloud-init"] });
    m1 = lab.host("m1");
    cluster = await createCluster(lab, "machines");
    await mkdir(join(cluster.directory, "www"));
    await makeServerKeys(cluster.directory, `${lab.prefix}.1`);
    server = await startWebServer(lab, {
      directory: join(cluster.directory, "www"),
      keys: cluster.directory,
      port: 8443,
    });
  });

  after(async () => {
    await server.stop();
    await lab.down();
    await cluster.remove();
  });

  /** As whoever made the machine's image would: its network and its ssh are the lab's. A line each, as a script of cloud-init's reads it too. */
  const imageSettings = `datasource_list: [NoCloud, None]
network: { config: disabled }
disable_root: false
preserve_hostname: true
ssh_deletekeys: false
`;
  const publish = async (): Promise<void> =>
    copyFile(join(cluster.directory, "sealed/m1.age"), join(cluster.directory, "www/m1.age"));

  test("user-data with a sealed host config is all that it takes from a bare machine to a healthy one", async (t) => {
    await cluster.planner("split", "--seal");
    await publish();
    const url = `https://${lab.prefix}.1:8443/{host}.age`;
    const web = ["--config-url", url, "--config-ca", "ca.pem", "--config", "sealed/{host}.age", "--identity"];
    const image = ["--image", (await agentImage()).reference];
    await cluster.planner("boot", "m1", "--format", "nocloud", ...web, ...image, "--out", "boot");
    for (const name of ["user-data", "meta-data"])
      await m1.copyIn(join(cluster.directory, "boot/m1", name), `/var/lib/cloud/seed/nocloud/${name}`, 0o600);
    await m1.writeFile("/etc/cloud/cloud.cfg.d/99-image.cfg", imageSettings);
    assert.equal((await m1.docker("ps", "-aq")).trim(), "");

    await m1.exec("cloud-init", "clean");
    await m1.reboot();

    await untilHealthy(m1, "docker");
    const { exitCode, stdout } = await m1.attempt(["cloud-init", "status", "--wait", "--long"]);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^status: done$/m);
    assert.equal((await m1.exec("systemctl", "is-enabled", "flexkube-agent.service")).trim(), "enabled");
    assert.deepEqual(
      await m1.readFile("/etc/flexkube/host.yaml"),
      await readFile(join(cluster.directory, "sealed/m1.age")),
    );
    assert.equal((await m1.exec("stat", "-c", "%a", "/etc/flexkube", "/etc/flexkube/host.yaml")).trim(), "700\n600");
    t.diagnostic(`${await m1.cpuSeconds()} CPU seconds since the boot`);
  });

  test("what is published later it fetches by itself, and keeps it over a reboot by systemd", async () => {
    await cluster.edit((text) => text.replace(/content: "hello[^"]*"/, 'content: "hello again\\n"'));
    await cluster.planner("split", "--seal");
    await publish();
    const greets = async (): Promise<boolean> => (await m1.docker("logs", "--tail", "1", "greeter")).includes("again");
    await eventually(greets, { what: "the new greeting", deadlineMs: 600_000, everyMs: 2000 });
    await untilHealthy(m1, "docker");
    const made = await standingIds(m1);

    await m1.reboot();

    await untilHealthy(m1, "docker");
    assert.deepEqual(await standingIds(m1), made);
    assert.ok(await greets());
    assert.equal((await m1.exec("systemctl", "is-active", "flexkube-agent.service")).trim(), "active");
  });
});

describe("a machine with Podman and nothing else", { skip, timeout: 2_400_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let h1: LabHost;

  before(async () => {
    lab = await startClusterLab({ h1: "machine" }, { packages: ["podman"] });
    h1 = lab.host("h1");
    await h1.dockerd.off();
    cluster = await createCluster(lab, "machines");
    await cluster.edit((text) => text.replaceAll("m1:", "h1:"));
    await cluster.planner("split");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  test("it is what it is to stand for: Podman 5 by systemd, cgroup v2", async () => {
    const told = await h1.exec(
      "podman",
      "info",
      "--format",
      "{{.Version.Version}} {{.Host.CgroupsVersion}} {{.Host.CgroupManager}}",
    );
    assert.match(told, /^5\.\S+ v2 systemd$/m);
  });

  test("the README's commands and a quadlet bring all up from archives", async (t) => {
    await startByQuadlet(h1, cluster, await exampleImages(undefined));

    await untilHealthy(h1, "podman");
    assert.match(await cluster.etcdctl(h1, "put", "before", "the reboot"), /OK/);
    const pid = (await h1.exec("podman", "inspect", "--format", "{{.State.Pid}}", "greeter")).trim();
    const group = (await h1.exec("sed", "s/^0:://", `/proc/${pid}/cgroup`)).trim();
    const limit = `/sys/fs/cgroup${group.replace(/\/container$/, "")}/memory.max`;
    assert.equal((await h1.exec("cat", limit)).trim(), String(32 * 1024 ** 2), group);
    t.diagnostic(`${await h1.cpuSeconds()} CPU seconds since the boot`);
  });

  test("after a reboot systemd starts the agent, and the agent the same containers", async () => {
    const made = await keptByAgent(h1);
    assert.ok(made.length >= 4, made.join(", "));

    await h1.reboot();

    await untilHealthy(h1, "podman");
    assert.deepEqual(await keptByAgent(h1), made);
    assert.match(await cluster.etcdctl(h1, "get", "before"), /the reboot/);
  });

  test("reset and the README's last lines leave nothing", async () => {
    await h1.exec("podman", "exec", agentContainer, "/flexkube-agent", "reset", "--data");
    await h1.exec("systemctl", "stop", "flexkube-agent");
    await h1.exec("rm", "-r", "/etc/containers/systemd/flexkube-agent.container", "/etc/flexkube", "/var/lib/flexkube");
    assert.equal((await h1.exec("podman", "ps", "-aq")).trim(), "");
    assert.deepEqual(
      [await h1.attempt(["test", "-e", "/var/lib/etcd/member"])].map(({ exitCode }) => exitCode),
      [1],
    );
  });
});
