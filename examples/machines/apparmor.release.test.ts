// A machine with AppArmor, as Debian and Ubuntu have it: the agent and the components run confined by Docker's profile, and are denied nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingIds } from "#lab/standing-containers.ts";

describe("a machine with AppArmor", { skip: skipWithoutLab(), timeout: 1_200_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let m1: LabHost;

  before(async () => {
    lab = await startClusterLab({ m1: "machine" }, { boot: "lsm=apparmor" });
    m1 = lab.host("m1");
    cluster = await createCluster(lab, "machines");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  test("has it: the kernel, the profiles and Docker", async (t) => {
    assert.equal((await m1.exec("cat", "/sys/kernel/security/lsm")).trim(), "capability,apparmor");
    assert.match(await m1.docker("info", "--format", "{{.SecurityOptions}}"), /name=apparmor/);
    assert.match(await m1.exec("cat", "/sys/kernel/security/apparmor/profiles"), /^docker-default \(enforce\)$/m);
    t.diagnostic(`${await m1.cpuSeconds()} CPU seconds to here`);
  });

  test("from nothing to healthy; every container is confined, and the log has no denial", async (t) => {
    await cluster.planner("split");
    await cluster.startAgents(m1);
    await cluster.settled([m1], 600_000);

    const standing = Object.entries(await standingIds(m1));
    assert.ok(standing.length >= 5);
    for (const [name, id] of standing) {
      const pid = (await m1.docker("inspect", "--format", "{{.State.Pid}}", id)).trim();
      assert.equal(
        (await m1.exec("cat", `/proc/${pid}/attr/apparmor/current`)).trim(),
        "docker-default (enforce)",
        name,
      );
    }
    assert.equal((await m1.exec("sh", "-c", "dmesg | grep -i denied || true")).trim(), "");
    t.diagnostic(`healthy after ${await m1.cpuSeconds()} CPU seconds`);
  });

  test("a packet filter is read by a container that is confined too", async () => {
    await m1.exec("sh", "-c", "nft add table inet f");
    await m1.exec("sh", "-c", "nft add chain inet f input '{ type filter hook input priority 0; policy drop; }'");
    const asked = ["flexkube-agent:0.1.0", "firewall", "tcp/10.77.0.11:2380"];
    const rights = ["--network", "host", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", "--cap-add", "NET_RAW"];
    const mount = ["--mount", "type=bind,source=/,target=/mnt/host,readonly,bind-propagation=rslave"];
    const { stderr } = await m1.tryDocker(["run", "--rm", "--read-only", ...rights, ...mount, ...asked]);
    assert.match(stderr, /"table":"inet f","chain":"input"/);
  });
});
