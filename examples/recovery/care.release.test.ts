// etcd full to its quota on real hosts: once there is room again the agents make it writable by themselves, and nobody is restarted for it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";

const deadlineMs = 180_000;
const quotaBytes = 16 * 2 ** 20;
/** As long as one argument of a program may be, and a little less. */
const value = "x".repeat(120_000);

describe("care of etcd", { skip: skipWithoutRelease(), timeout: 900_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    cluster = await createCluster(lab, "recovery");
    await cluster.edit((text) =>
      changedYaml(text, {
        "agent.interval": "2s",
        "agent.jitter": "0s",
        "agent.listen": { port: 9400 },
        "etcd.quotaBackendBytes": quotaBytes,
      }),
    );
    await startBootstrapped(cluster, lab.hosts, deadlineMs);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  const startOf = async (host: LabHost): Promise<string> =>
    host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", `etcd-${host.name}`);
  const status = async (host: LabHost): Promise<string> =>
    (await host.tryDocker(["exec", agentContainer, "/flexkube-agent", "status"])).stdout;
  const metrics = async (host: LabHost): Promise<string> =>
    host.inNetwork(["curl", "-sSf", "http://127.0.0.1:9400/metrics"]);
  const writes = async (): Promise<boolean> =>
    cluster.etcdctl(lab.hosts[0], "put", "small", "1").then(
      () => true,
      () => false,
    );

  test("full: it takes no writes, every host says why and what to do, and nothing is stopped for it", async () => {
    const begun = await Promise.all(lab.hosts.map(startOf));
    const fill = async (): Promise<boolean> =>
      cluster.etcdctl(lab.hosts[0], "put", `fill/${Math.random()}`, value).then(
        () => false,
        (error: unknown) => /database space exceeded/.test(String(error)),
      );
    let isFull = false;
    for (let count = 0; count < 400 && !isFull; count += 1) isFull = await fill();
    assert.ok(isFull, "etcd has reached its quota");

    for (const host of lab.hosts) {
      await eventually(
        async () => /NOSPACE/.test(await status(host)) || Promise.reject(new Error(await status(host))),
        {
          what: `${host.name} tells the alarm`,
          deadlineMs,
        },
      );
      assert.match(await metrics(host), /^flexkube_etcd_alarm\{[^}]*NOSPACE[^}]*\} 1$/m);
    }
    assert.deepEqual(await Promise.all(lab.hosts.map(startOf)), begun);
  });

  test("with room again: members shrink one after the other, the alarm goes, and writes are taken", async () => {
    const [h1] = lab.hosts;
    assert.ok(h1 !== undefined);
    const begun = await Promise.all(lab.hosts.map(startOf));
    await cluster.etcdctl(h1, "del", "--prefix", "fill/");
    const answer = await cluster.etcdctl(h1, "get", "none", "-w", "json");
    await cluster.etcdctl(h1, "compaction", /"revision":([0-9]+)/.exec(answer)?.[1] ?? "");

    await eventually(async () => (await writes()) || Promise.reject(new Error(await status(h1))), {
      what: "etcd takes writes again",
      deadlineMs,
    });
    assert.equal((await cluster.etcdctl(h1, "alarm", "list")).trim(), "");
    for (const host of lab.hosts) {
      await eventually(
        async () => /defragmented .* ago/.test(await status(host)) || Promise.reject(new Error(await status(host))),
        {
          what: `${host.name} says when it was defragmented`,
          deadlineMs,
        },
      );
      // by the look after the alarm has gone
      await eventually(async () => !/^flexkube_etcd_alarm\{/m.test(await metrics(host)), {
        what: `${host.name} has no alarm`,
        deadlineMs,
      });
    }
    assert.deepEqual(await Promise.all(lab.hosts.map(startOf)), begun);
  });
});
