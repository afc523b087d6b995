// The main job on a host as users have it, Debian 13 with systemd and cgroup v2: first start, change, reboot by systemd, power cut.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { changes, worldOf } from "#lab/world.ts";
import { startWriter } from "../three-hosts/start-writer.ts";
import { tornFiles } from "./torn-files.ts";

describe("one machine", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let m1: LabHost;

  before(async () => {
    lab = await startClusterLab({ m1: "machine" });
    m1 = lab.host("m1");
    cluster = await createCluster(lab, "machines");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const giveGreeting = async (greeting: string): Promise<void> => {
    await cluster.edit((text) => text.replace(/content: "hello[^"]*"/, `content: "${greeting}\\n"`));
    await cluster.planner("split");
    await cluster.deliver(m1);
  };

  test("is what it is to stand for: systemd, cgroup v2, a kernel and a disk of its own", async (t) => {
    const info = await m1.docker("info", "--format", "{{.CgroupDriver}} {{.CgroupVersion}} {{.Driver}}");
    assert.equal(info.trim(), "systemd 2 overlay2");
    assert.equal((await m1.exec("cat", "/proc/1/comm")).trim(), "systemd");
    assert.match(await m1.exec("cat", "/sys/fs/cgroup/cgroup.controllers"), /cpuset cpu io memory.* pids/);
    t.diagnostic(`${await m1.exec("systemd-analyze", "time")}${await m1.cpuSeconds()} CPU seconds`);
  });

  test("from nothing to healthy, and a second tick changes nothing", async (t) => {
    await cluster.planner("split");
    await cluster.startAgents(m1);
    await cluster.settled([m1]);
    t.diagnostic(`healthy after ${await m1.cpuSeconds()} CPU seconds`);

    const untouched = await worldOf(m1);
    await cluster.nudge(m1);
    await cluster.settled([m1]);
    assert.deepEqual(await worldOf(m1), untouched);
  });

  test("a change touches what it names, and a memory limit is the kernel's", async () => {
    const untouched = await worldOf(m1);
    await giveGreeting("hello again");
    await cluster.nudge(m1);
    await cluster.settled([m1]);

    const changed = changes(untouched, await worldOf(m1));
    assert.ok(changed.includes("/greeter"), changed.join(" "));
    assert.deepEqual(
      changed.filter((name) => !name.includes("greet")),
      [],
    );
    const pid = (await m1.docker("inspect", "--format", "{{.State.Pid}}", "greeter")).trim();
    const group = (await m1.exec("sed", "s/^0:://", `/proc/${pid}/cgroup`)).trim();
    assert.match(group, /^\/system\.slice\/docker-.*\.scope$/);
    assert.equal((await m1.exec("cat", `/sys/fs/cgroup${group}/memory.max`)).trim(), String(32 * 1024 ** 2));
  });

  test("a reboot by systemd: all comes back by itself, nothing is made anew", async (t) => {
    await cluster.etcdctl(m1, "put", "before", "the reboot");
    const made = await standingIds(m1);
    await m1.reboot();
    await cluster.settledAnew([m1], 360_000);

    assert.deepEqual(await standingIds(m1), made);
    assert.match(await cluster.etcdctl(m1, "get", "before"), /the reboot/);
    t.diagnostic(`${await m1.cpuSeconds()} CPU seconds`);
  });

  test("a power cut amid writes and a change: no acknowledged write is lost, no file is half, the change is done", async (t) => {
    await giveGreeting("hello at last");
    const writer = startWriter(cluster);
    await cluster.nudge(m1);
    await eventually(async () => Promise.resolve(assert.ok(writer.count() > 20)), {
      what: "writes",
      deadlineMs: 60_000,
    });
    await m1.kill();
    const { written } = await writer.stop();
    await m1.start();

    assert.deepEqual(await tornFiles(m1), []);
    await cluster.settledAnew([m1], 360_000);
    const found = await cluster.etcdctl(m1, "get", "written");
    assert.ok(Number(found.split("\n")[1]) >= written, `${found} of ${written}`);
    assert.match(await m1.docker("logs", "--tail", "1", "greeter"), /hello at last/);
    t.diagnostic(`${written} writes; ${await m1.cpuSeconds()} CPU seconds since the power is back`);
  });
});
