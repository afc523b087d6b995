// The first start of one host with Debian's own kernel, which QEMU emulates: on this machine's architecture, and on arm64.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { worldOf } from "#lab/world.ts";

/** An emulated processor is some twenty times slower. */
const deadlineMs = 1_800_000;

const kinds = [
  ["emulated", process.arch === "arm64" ? "arm64 aarch64" : "amd64 x86_64"],
  ["emulated-arm64", "arm64 aarch64"],
] as const;

for (const [base, machine] of kinds)
  describe(`a host of kind ${base}`, { skip: skipWithoutRelease(), timeout: 2 * deadlineMs }, () => {
    let lab: Lab;
    let cluster: Cluster;
    let m1: LabHost;

    before(async () => {
      lab = await startClusterLab({ m1: base });
      m1 = lab.host("m1");
      cluster = await createCluster(lab, "machines");
    });

    after(async () => {
      await lab.down();
      await cluster.remove();
    });

    test("has Debian's own kernel, systemd, cgroup v2 and AppArmor", async (t) => {
      assert.match(await m1.exec("uname", "-rm"), new RegExp(`\\+deb13-cloud-${machine}$`, "m"));
      const info = await m1.docker("info", "--format", "{{.CgroupDriver}} {{.CgroupVersion}} {{.SecurityOptions}}");
      assert.match(info, /^systemd 2 .*name=apparmor/);
      t.diagnostic(`${await m1.exec("systemd-analyze", "time")}${await m1.cpuSeconds()} CPU seconds`);
    });

    test("gets from nothing to healthy, and a second tick changes nothing", async (t) => {
      await cluster.planner("split");
      await cluster.startAgents(m1);
      await cluster.settled([m1], deadlineMs);
      t.diagnostic(`healthy after ${await m1.cpuSeconds()} CPU seconds`);

      const untouched = await worldOf(m1);
      await cluster.nudge(m1);
      await cluster.settled([m1], deadlineMs);
      assert.deepEqual(await worldOf(m1), untouched);
      const put = await eventually(async () => cluster.etcdctl(m1, "put", "written", "here"), {
        what: "etcd takes a write",
        deadlineMs,
      });
      assert.equal(put.trim(), "OK");
    });
  });
