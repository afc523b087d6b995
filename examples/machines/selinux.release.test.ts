// A machine with SELinux and Debian's default policy, its Docker with labels: which container has which, and what enforcing denies.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { standingIds } from "#lab/standing-containers.ts";

const deadlineMs = 600_000;

describe("a machine with SELinux", { skip: skipWithoutRelease(), timeout: 2_400_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let m1: LabHost;

  before(async () => {
    const packages = ["selinux-policy-default", "policycoreutils", "selinux-utils"];
    lab = await startClusterLab({ m1: "machine" }, { boot: "lsm=selinux selinux=1 enforcing=0", packages });
    m1 = lab.host("m1");
    cluster = await createCluster(lab, "machines");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  /** What the kernel denied to containers or, while permissive, would have denied. */
  const denials = async (): Promise<readonly string[]> => {
    const log = await m1.exec("dmesg");
    return log.split("\n").filter((line) => / avc: +denied .* scontext=\S+:(?:container|spc)_t:/.test(line));
  };

  test("has it: files with labels, and Docker that gives them to containers", async () => {
    const contexts = "/etc/selinux/default/contexts/files/file_contexts";
    await m1.exec("setfiles", "-F", contexts, "/");
    await m1.writeFile("/etc/docker/daemon.json", '{"selinux-enabled": true}');
    await m1.exec("sync");
    await m1.reboot();
    await m1.dockerd.answers();

    assert.equal((await m1.exec("getenforce")).trim(), "Permissive");
    assert.match(await m1.docker("info", "--format", "{{.SecurityOptions}}"), /name=selinux/);
    assert.match(await m1.exec("ps", "-eo", "label,comm"), /:dockerd_t:s0 +dockerd$/m);
  });

  test("from nothing to healthy: what has files of the host is not confined, and nothing is denied to it", async (t) => {
    await cluster.planner("split");
    await cluster.startAgents(m1);
    await cluster.settled([m1], deadlineMs);
    t.diagnostic(`healthy after ${await m1.cpuSeconds()} CPU seconds`);

    for (const [name, id] of Object.entries(await standingIds(m1))) {
      const pid = (await m1.docker("inspect", "--format", "{{.State.Pid}}", id)).trim();
      const label = await m1.exec("cat", `/proc/${pid}/attr/current`);
      assert.equal(label.replace("\0", ""), "system_u:system_r:spc_t:s0", name);
    }
    assert.deepEqual(await denials(), []);
  });

  /**
   * Debian's policy keeps Docker from mounting directories of the host into any container, whoever asks for it ("mounton", seen for
   * /etc/flexkube and /var/lib/flexkube), which RHEL's does not; and the lab's own way in goes through sshd.
   */
  const leaveDockerAndSshAlone = async (): Promise<void> => {
    await m1.writeFile("/tmp/lab.cil", "(typepermissive dockerd_t)\n(typepermissive sshd_t)\n");
    await m1.exec("semodule", "-i", "/tmp/lab.cil");
  };

  test("enforcing: the same containers go on, a change is made, and nothing is denied to them", async () => {
    const made = await standingIds(m1);
    await leaveDockerAndSshAlone();
    await m1.exec("setenforce", "1");
    await cluster.nudge(m1);
    await cluster.settled([m1], deadlineMs);
    assert.deepEqual(await standingIds(m1), made);

    await cluster.edit((text) => text.replace(/content: "hello[^"]*"/, 'content: "hello enforced\\n"'));
    await cluster.planner("split");
    await cluster.deliver(m1);
    await cluster.nudge(m1);
    await cluster.settledAnew([m1], deadlineMs);
    assert.match(await m1.docker("logs", "--tail", "1", "greeter"), /hello enforced/);

    assert.equal((await m1.exec("getenforce")).trim(), "Enforcing");
    assert.deepEqual(await denials(), []);
  });
});
