// The agent on a host with Podman: first start, a second tick, changes, drift, and a power cut.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer, agentLogs, runAgentOnce } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import type { Lab } from "#lab/lab.ts";
import type { CommandResult } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { makeServerKeys } from "#lab/web-server.ts";
import { changes, worldOf } from "#lab/world.ts";
import { agentRights } from "#planner/boot/docker-run.ts";
import { unitCommands, wordsOf } from "#planner/boot/testing/unit-commands.ts";
import { createBootRoot } from "../delivery/boot-root.ts";

const settledMs = 240_000;

describe("one host with Podman", { skip: skipWithoutLab("namespace"), timeout: 1_200_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let host: LabHost;

  before(async () => {
    lab = await startClusterLab({ h1: "podman" });
    host = lab.host("h1");
    cluster = await createCluster(lab, "faults");
    await cluster.planner("split");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  test("the first start makes everything, and a second tick has nothing to do", async () => {
    await cluster.startAgents(host);
    await cluster.settled([host], settledMs);
    await cluster.etcdctl(host, "put", "kept", "before");
    const untouched = await worldOf(host);
    assert.equal(Object.keys(untouched).filter((name) => !name.startsWith("/etc/")).length, 2);

    await cluster.nudge(host);
    await cluster.settled([host], settledMs);

    assert.deepEqual(changes(untouched, await worldOf(host)), []);
    const options = { image: (await agentImage()).reference };
    const planned = await runAgentOnce(host, ["plan"], options);
    assert.deepEqual([planned.stdout, planned.exitCode], ["nothing to do\n", 0]);
  });

  test("a change replaces what it is about, the data stays", async () => {
    const untouched = await worldOf(host);
    await cluster.edit((text) => text.replace("etcd:\n  hosts: all\n", '$&  extraArgs: ["--snapshot-count=5000"]\n'));
    await cluster.planner("split");
    await cluster.deliver(host);
    await cluster.settled([host], settledMs);

    assert.deepEqual(changes(untouched, await worldOf(host)), ["/etcd-h1"]);
    assert.match(await cluster.etcdctl(host, "get", "kept"), /before/);
  });

  test("a policy set by hand is put right without a new container", async () => {
    const untouched = await worldOf(host);
    await host.exec("podman", "update", "--restart", "no", "greeter");
    await cluster.nudge(host);
    await cluster.settled([host], settledMs);

    const policy = await host.docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", "greeter");
    assert.equal(policy.trim(), "unless-stopped");
    assert.deepEqual(changes(untouched, await worldOf(host)), []);
  });

  test("limits come, and are put right after they were set by hand, without a new container and with its policy", async () => {
    const untouched = await worldOf(host);
    const format =
      "{{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}} {{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}";
    const limitsAndPolicy = async (): Promise<string> =>
      (await host.docker("inspect", "--format", format, "greeter")).trim();
    const limits = "    resources: { pids: 200, cpuShares: 512, memoryBytes: 67108864 }\n";
    await cluster.edit((text) => text.replace("    image: busybox:lab\n", `$&${limits}`));
    await cluster.planner("split");
    await cluster.deliver(host);
    await cluster.settled([host], settledMs);
    assert.equal(await limitsAndPolicy(), "200 512 67108864 unless-stopped");

    const updates = async (): Promise<readonly string[]> =>
      (await agentLogs(host)).split("\n").flatMap((line) => /"cause":"([^"]* differs?)"/.exec(line)?.[1] ?? []);
    const former = await updates();
    await host.exec("podman", "update", "--pids-limit", "50", "--cpu-shares", "100", "greeter");
    assert.equal(await limitsAndPolicy(), "50 100 67108864 unless-stopped");
    await cluster.nudge(host);
    await cluster.settled([host], settledMs);

    assert.equal(await limitsAndPolicy(), "200 512 67108864 unless-stopped");
    // in one update: a policy that it had taken away would have been put right by another
    assert.deepEqual((await updates()).slice(former.length), ["resource limits differ"]);
    assert.deepEqual(changes(untouched, await worldOf(host)), []);
  });

  test("an agent that does not see the host's files is refused with what to do, and changes nothing", async () => {
    const untouched = await worldOf(host);
    const hidden = agentRights.filter(
      (word, index) => !/target=\/host,/.test(word) && !/target=\/host,/.test(agentRights[index + 1] ?? ""),
    );
    const { reference } = await agentImage();

    const { exitCode, stderr } = await host.tryDocker(["run", "--rm", ...hidden, reference, "apply"]);

    assert.notEqual(exitCode, 0);
    assert.match(stderr, /on Podman the agent needs to see the host's files/);
    assert.match(stderr, /--mount type=bind,source=\/,target=\/host/);
    assert.deepEqual(changes(untouched, await worldOf(host)), []);
  });

  test("after a power cut nothing runs until the agent does, which starts the same containers", async () => {
    const ids = await standingIds(host);
    await host.kill();
    await host.start();
    assert.equal((await host.docker("ps", "-q")).trim(), "");

    await host.docker("start", agentContainer);
    await cluster.settledAnew([host], settledMs);

    assert.deepEqual(await standingIds(host), ids);
    assert.match(await cluster.etcdctl(host, "get", "kept"), /before/);
  });

  test("Podman's generator makes a service of the quadlet, whose command starts the agent, also over one that is there", async () => {
    const { [agentContainer]: former, ...others } = await standingIds(host);
    const options = ["--image", (await agentImage()).reference];
    const quadlet = await cluster.planner("boot", "h1", "--format", "quadlet", ...options);
    await host.writeFile("/etc/containers/systemd/flexkube-agent.container", quadlet);

    const unit = await host.exec("/usr/libexec/podman/quadlet", "-dryrun");

    assert.match(unit, /^---flexkube-agent\.service---\n/);
    const line = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? "";
    // what only systemd gives: a group of its own, a socket to tell of the start; and what it puts in for %t and %N
    const words = wordsOf(
      line.replace("--cgroups=split ", "").replace("--sdnotify=conmon ", "").replace("%t/%N", "/run/agent"),
    );
    for (const step of unitCommands(quadlet)) await host.exec(...step);
    await host.exec(...words);
    await cluster.settledAnew([host], settledMs);

    const { [agentContainer]: present, ...rest } = await standingIds(host);
    assert.deepEqual(rest, others);
    assert.notEqual(present, former);
  });

  test("the generator and systemd read the quadlet of a host that asks a web server word for word", async (t) => {
    const url = "https://configs.example.org/it's/{host}.age?a=%2F&b=$HOME";
    await cluster.planner("split", "--seal");
    await makeServerKeys(cluster.directory, "10.77.0.9");
    const web = ["--config-url", url, "--config-ca", "ca.pem"];
    const quadlet = await cluster.planner("boot", "h1", "--format", "quadlet", ...web);
    await host.writeFile("/etc/containers/systemd/flexkube-agent.container", quadlet);
    const root = await createBootRoot();
    t.after(async () => root.remove());
    // in whose place nothing is started: that it is there is all that is looked at
    await root.write("usr/bin/podman", "");
    await root.run("chmod", "755", "/usr/bin/podman");
    const judged = async (text: string): Promise<CommandResult> => {
      await root.write("tmp/flexkube-agent.service", text);
      const how = ["--man=no", "--recursive-errors=no"];
      return root.run("systemd-analyze", "verify", ...how, "/tmp/flexkube-agent.service");
    };

    const unit = (await host.exec("/usr/libexec/podman/quadlet", "-dryrun")).replace(/^---.*\n/, "");
    const verdict = await judged(unit);

    const signer = /-----\n(.*)\n-----/.exec(
      await readFile(join(cluster.directory, "pki/delivery/signer.pub"), "utf8"),
    )?.[1];
    const [directories, images, authorities, key, words = []] = unitCommands(unit.replaceAll("%t/%N", "/run/agent"));
    const asked = url.replace("{host}", "h1");
    const expected = ["--signer", signer, "--config", asked, "--config-ca", "/etc/flexkube/config-ca.pem"];
    assert.deepEqual(words.slice(words.indexOf("--signer")), expected);
    assert.match(key?.at(-1) ?? "", /^podman run --rm .* identity$/);
    assert.deepEqual([directories, images, authorities, key], unitCommands(quadlet));
    assert.deepEqual([verdict.exitCode, verdict.stdout, verdict.stderr], [0, "", ""]);
    const broken = await judged(unit.replace("TimeoutStartSec=900", "TimeoutStartSec=soon"));
    assert.match(broken.stderr, /TimeoutStartSec/);
  });
});
