// What befalls hosts as users have them, on three with one etcd: reboots by systemd, power cuts that lose what was not synced,
// Docker and containerd restarted and replaced, a full disk, a clock that is wrong at boot.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { createCluster, type Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingContainers, standingIds } from "#lab/standing-containers.ts";
import { startWriter } from "../three-hosts/start-writer.ts";
import { replaceDocker } from "./newer-docker.ts";
import { tornFiles } from "./torn-files.ts";

const deadlineMs = 600_000;

describe("faults of machines", { skip: skipWithoutLab(), timeout: 3_600_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];
  let h1: LabHost;

  before(async () => {
    lab = await startClusterLab({ h1: "machine", h2: "machine", h3: "machine" });
    hosts = lab.hosts;
    h1 = lab.host("h1");
    cluster = await createCluster(lab, "three-hosts");
    await cluster.planner("split");
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts, deadlineMs);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const soon = async (what: string, ask: () => Promise<unknown>): Promise<unknown> =>
    eventually(ask, { what, deadlineMs });
  const written = async (): Promise<number> => {
    const found = await soon("etcd answers", async () => cluster.etcdctl(undefined, "get", "written"));
    return Number(String(found).split("\n")[1]);
  };
  const change = async (from: RegExp, to: string): Promise<void> => {
    await cluster.edit((text) => text.replace(from, to));
    await cluster.planner("split");
  };

  test("one, and then all at once, are rebooted by systemd: no container is made anew, no acknowledged write is lost", async () => {
    const made = await Promise.all(hosts.map(standingIds));
    for (const rebooted of [[h1], hosts]) {
      const writer = startWriter(cluster);
      await soon("writes", async () => Promise.resolve(assert.ok(writer.count() > 10)));
      await Promise.all(rebooted.map(async (host) => host.reboot()));
      await cluster.settledAnew(hosts, deadlineMs);
      const { written: acknowledged } = await writer.stop();
      assert.ok((await written()) >= acknowledged);
    }

    assert.deepEqual(await Promise.all(hosts.map(standingIds)), made);
  });

  test("one, and then all at once, lose power amid writes and a change: nothing acknowledged is lost, no file is half", async (t) => {
    for (const cut of [[h1], hosts]) {
      await change(/content: "hello [^"]*"/, `content: "hello after a cut of ${cut.length}\\n"`);
      await cluster.deliver(...hosts);
      const writer = startWriter(cluster);
      await cluster.nudge(...hosts);
      await soon("writes", async () => Promise.resolve(assert.ok(writer.count() > 20)));
      await Promise.all(cut.map(async (host) => host.kill()));
      const { written: acknowledged } = await writer.stop();
      await Promise.all(cut.map(async (host) => host.start()));

      for (const host of cut) assert.deepEqual(await tornFiles(host), [], host.name);
      await cluster.settledAnew(hosts, deadlineMs);
      assert.ok((await written()) >= acknowledged);
      t.diagnostic(`${acknowledged} writes before the cut of ${cut.length}`);
      for (const host of hosts)
        assert.match(await host.docker("logs", "--tail", "1", "greeter"), new RegExp(`a cut of ${cut.length}`));
    }
  });

  test("Docker is restarted: containers come back as they were; with live-restore they are not touched", async () => {
    const made = await standingIds(h1);
    await h1.exec("systemctl", "restart", "docker");
    await h1.dockerd.answers();
    await cluster.settledAnew([h1], deadlineMs);
    assert.deepEqual(await standingIds(h1), made);

    await h1.writeFile("/etc/docker/daemon.json", '{"live-restore": true}');
    await h1.exec("systemctl", "reload", "docker");
    await soon("live-restore is on", async () =>
      assert.match(await h1.docker("info", "--format", "{{.LiveRestoreEnabled}}"), /true/),
    );
    const untouched = await standingContainers(h1);
    await h1.exec("systemctl", "restart", "docker");
    await h1.dockerd.answers();
    await cluster.settledAnew([h1], deadlineMs);
    assert.deepEqual(await standingContainers(h1), untouched);
  });

  test("containerd is restarted: no container is made anew, and changes still work", async () => {
    const made = await standingIds(h1);
    await h1.exec("systemctl", "restart", "containerd");
    await h1.dockerd.answers();
    await cluster.settledAnew([h1], deadlineMs);
    assert.deepEqual(await standingIds(h1), made);

    await change(/content: "hello[^"]*"/, 'content: "hello after containerd\\n"');
    await cluster.deliver(h1);
    await cluster.settledAnew([h1], deadlineMs);
    assert.match(await h1.docker("logs", "--tail", "1", "greeter"), /after containerd/);
  });

  test("Docker and containerd are replaced by newer ones: no container is made anew, and changes still work", async (t) => {
    const made = await standingIds(h1);
    const { older, newer } = await replaceDocker(h1, "sid");
    t.diagnostic(
      `Docker ${older.docker}, then ${newer.docker}; containerd ${older.containerd}, then ${newer.containerd}`,
    );
    assert.notEqual(newer.docker, older.docker);
    assert.notEqual(newer.containerd, older.containerd);
    await cluster.settledAnew([h1], deadlineMs);
    assert.deepEqual(await standingIds(h1), made);

    await change(/content: "hello[^"]*"/, 'content: "hello after an upgrade\\n"');
    await cluster.deliver(h1);
    await cluster.settledAnew([h1], deadlineMs);
    assert.match(await h1.docker("logs", "--tail", "1", "greeter"), /after an upgrade/);
  });

  test("a full disk is told of and changes nothing; once there is room, the change is done", async () => {
    const made = await standingIds(h1);
    await change(/content: "hello[^"]*"/, 'content: "hello with room\\n"');
    await h1.disk.fill();
    try {
      await assert.rejects(cluster.deliver(h1), /No space left on device/);
      // Docker itself restarts no container now
      await soon("status tells of it", async () =>
        assert.match(
          (await h1.tryDocker(["exec", agentContainer, "flexkube-agent", "status"])).stdout,
          /the disk of the state directory is full/,
        ),
      );
      assert.deepEqual(await standingIds(h1), made);
    } finally {
      await h1.disk.free();
    }
    await cluster.deliver(h1);
    await cluster.settledAnew([h1], deadlineMs);

    assert.match(await h1.docker("logs", "--tail", "1", "greeter"), /with room/);
    assert.deepEqual(await tornFiles(h1), []);
  });

  for (const wrong of ["400 days ago", "400 days"])
    test(`a clock of ${wrong} at boot: the agent goes on, and all heals once the clock is right`, async () => {
      // tests before this one may have changed one host alone
      await cluster.deliver(...hosts);
      await cluster.settledAnew(hosts, deadlineMs);
      const made = await standingIds(h1);
      await h1.stop();
      await h1.clock(wrong);
      await h1.start();
      const year = Number((await h1.exec("date", "+%Y")).trim());
      assert.notEqual(year, new Date().getFullYear());
      await soon("the agent reports under the wrong clock", async () =>
        assert.equal(new Date((await cluster.report(h1)).writtenAt).getFullYear(), year),
      );
      await soon("the others serve", async () => cluster.etcdctl(lab.host("h2"), "put", "while", wrong));

      await h1.exec("date", "-s", `@${Math.round(Date.now() / 1000)}`);
      await h1.clock("right");
      await cluster.settledAnew(hosts, deadlineMs);

      assert.deepEqual(await standingIds(h1), made);
      assert.match(await cluster.etcdctl(h1, "get", "while"), new RegExp(wrong));
    });
});
