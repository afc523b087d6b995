// A cluster whose programs all run as nobody, as clusters did that began before each had a user of its own, moves by one word of its config.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { samplePort, severalDown } from "#lab/sample-answers.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";
import { startWriter } from "./start-writer.ts";

const deadlineMs = 120_000;
const nobody = "65534";
const programs = ["etcd", "api-load-balancer-api"] as const;

describe("a cluster that began with nobody", { skip: skipWithoutRelease(), timeout: 600_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];

  before(async () => {
    lab = await startClusterLab({ h1: "stable", h2: "sid", h3: "stable" });
    hosts = lab.hosts;
    cluster = await createCluster(lab, "three-hosts");
    await assign("nobody");
    await startBootstrapped(cluster, hosts, deadlineMs);
  });
  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const assign = async (users: "nobody" | "separate"): Promise<void> =>
    cluster.edit((text) => changedYaml(text, { "users.assign": users }));
  const userOf = async (host: LabHost, program: string): Promise<string> => {
    const container = program === "etcd" ? `etcd-${host.name}` : program;
    const pid = (await host.docker("inspect", "--format", "{{.State.Pid}}", container)).trim();
    return (await host.exec("stat", "-c", "%u", `/proc/${pid}`)).trim();
  };
  /** Of all that is flexkube's own: the example's stand-in is a container of the user's, with a user of his choice. */
  const ownersOf = async (host: LabHost): Promise<readonly string[]> => {
    const places = ["/var/lib/etcd", ...programs.map((program) => `/etc/kubernetes/${program}`)];
    const found = await host.exec("find", ...places, "-exec", "stat", "-c", "%u", "{}", "+");
    return [...new Set(found.trim().split("\n"))];
  };

  test("all programs run as nobody, and so does whose keys and data they are", async () => {
    for (const host of hosts) {
      for (const program of programs) assert.equal(await userOf(host, program), nobody);
      assert.ok((await ownersOf(host)).includes(nobody), host.name);
    }
  });

  test("by one word each gets a user of its own: data and keys follow, one host after the other, while a client writes", async () => {
    await assign("separate");
    await cluster.planner("split");
    const sampler = await samplePort(lab, 2379);
    const writer = startWriter(cluster);
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);

    await cluster.settled(hosts, deadlineMs);

    assert.deepEqual(severalDown(await sampler.stop()), []);
    const { written, failed } = await writer.stop();
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    for (const host of hosts) {
      const users = await Promise.all(programs.map(async (program) => userOf(host, program)));
      assert.equal(new Set([...users, nobody, "0"]).size, programs.length + 2, users.join());
      const owners = await ownersOf(host);
      // a load balancer keeps nothing that is secret or that it writes
      assert.deepEqual(new Set(owners), new Set(["0", users[0]]), host.name);
    }
    assert.match(await cluster.etcdctl(undefined, "get", "written"), new RegExp(`\n${written}\n`));
  });
});
