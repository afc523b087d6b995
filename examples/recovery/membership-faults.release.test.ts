// etcd's members come and go while something of the hosts fails, by chance: twenty wishes, each with a fault somewhere in the middle, under
// a writer that loses nothing. FLEXKUBE_SEED repeats a run.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { LabHost } from "#lab/host.ts";
import type { Lab } from "#lab/lab.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { startBootstrapped } from "#lab/start-bootstrapped.ts";
import { startKeyWriter } from "#lab/start-key-writer.ts";
import type { KeyWriter } from "#lab/start-key-writer.ts";
import { listedMembers, membersReached, sameData } from "./watch-members.ts";

const deadlineMs = 240_000;
const names = ["h1", "h2", "h3", "h4", "h5"] as const;
const seed = Number(process.env["FLEXKUBE_SEED"] ?? Date.now() % 1_000_000);

type Fault = { readonly begin: (host: LabHost) => Promise<unknown>; readonly end: (host: LabHost) => Promise<unknown> };

const nothing = async (): Promise<void> => Promise.resolve();
const faults: Readonly<Record<string, Fault>> = {
  "its agent is killed": {
    begin: async (host) => host.tryDocker(["kill", agentContainer]),
    end: async (host) => host.docker("start", agentContainer),
  },
  "its member is killed": {
    begin: async (host) =>
      host.exec("sh", "-c", "docker ps -q --filter label=flexkube.component=etcd | xargs -r docker kill"),
    end: nothing,
  },
  "its power is cut": { begin: async (host) => host.kill(), end: async (host) => host.start() },
  "its cable is pulled": { begin: async (host) => host.unplug(), end: async (host) => host.plug() },
  "it stands still": { begin: async (host) => host.freeze(), end: async (host) => host.thaw() },
  "its dockerd is killed": { begin: async (host) => host.dockerd.kill(), end: async (host) => host.dockerd.answers() },
};

/** All hosts get their configs in this order, the last ones only after the fault, of which those that are meant are told beforehand. */
const row = fc.record({
  wish: fc.shuffledSubarray([...names], { minLength: 3 }).map((hosts) => hosts.toSorted()),
  order: fc.shuffledSubarray([...names], { minLength: names.length }),
  early: fc.integer({ min: 1, max: names.length }),
  victim: fc.constantFrom(...names),
  fault: fc.constantFrom(...Object.keys(faults)),
  afterMs: fc.noBias(fc.integer({ min: 0, max: 8000 })),
  lastsMs: fc.noBias(fc.integer({ min: 0, max: 8000 })),
});

describe(
  `members of etcd come and go while hosts fail, seed ${seed}`,
  { skip: skipWithoutRelease(), timeout: 6_000_000 },
  () => {
    let lab: Lab;
    let cluster: Cluster;
    let writer: KeyWriter;
    let learners: LearnerWatch;

    before(async () => {
      lab = await startClusterLab(names);
      cluster = await createCluster(lab, "recovery");
      await cluster.edit((text) =>
        changedYaml(text, {
          "hosts.h4": { address: lab.host("h4").ip },
          "hosts.h5": { address: lab.host("h5").ip },
          "etcd.hosts": names,
          "agent.interval": "2s",
          "agent.jitter": "0s",
        }),
      );
      await startBootstrapped(cluster, lab.hosts, deadlineMs);
      writer = startKeyWriter(cluster);
      learners = watchLearners(cluster);
    });

    after(async () => {
      await learners.stop();
      await writer.stop();
      await lab.down();
      await cluster.remove();
    });

    const deliver = async (hosts: readonly string[]): Promise<void> => {
      for (const name of hosts) await cluster.deliver(lab.host(name));
    };

    for (const [index, { wish, order, early, victim, fault, afterMs, lastsMs }] of fc
      .sample(row, { seed, numRuns: 20 })
      .entries())
      test(`${index + 1}: ${wish.join(", ")}; ${victim} after ${afterMs} ms: ${fault}`, async () => {
        await cluster.edit((text) => changedYaml(text, { "etcd.hosts": wish }));
        await cluster.planner("split");
        await deliver(order.slice(0, early));
        await sleep(afterMs);
        const { begin, end } = faults[fault] ?? assert.fail(fault);
        await begin(lab.host(victim));
        await sleep(lastsMs);
        await end(lab.host(victim));
        await deliver(order.slice(early));

        await membersReached({ lab, cluster, deadlineMs }, wish.join(", "), (found) => hostsIn(found) === wish.join());
        await cluster.settled(lab.hosts, deadlineMs);
        await sameData(
          cluster,
          wish.map((name) => lab.host(name)),
        );
      });

    test("never were there two learners, and no acknowledged write is lost on any member", async (t) => {
      const most = await learners.stop();
      const { written, longestMs, failed } = await writer.stop();
      t.diagnostic(`${written.length} writes, the longest ${Math.round(longestMs)} ms, ${failed} tried again`);
      assert.ok(most.looks > 20 && most.learners === 1, `${most.learners} of ${most.looks} looks`);
      assert.ok(written.length > 100, `${written.length} writes`);
      const voters = hostsIn(await listedMembers(cluster)).split(",");
      for (const name of voters) {
        const found = await cluster.etcdctl(lab.host(name), "get", "--prefix", "written/", "--keys-only");
        const keys = new Set(found.split("\n"));
        assert.deepEqual(
          written.filter((key) => !keys.has(key)),
          [],
          name,
        );
      }
    });
  },
);

/** Names of the hosts whose members vote: `h3.2` is of h3. */
function hostsIn(members: readonly string[]): string {
  return members.map((name) => name.replace(/\.[0-9]+$/, "")).join();
}

type LearnerWatch = {
  /** The most at a time, in so many looks that were answered. */
  readonly stop: () => Promise<{ readonly learners: number; readonly looks: number }>;
};

function watchLearners(cluster: Cluster): LearnerWatch {
  const stopping = new AbortController();
  let [learners, looks] = [0, 0];
  const look = async (): Promise<void> => {
    const found = await listedMembers(cluster);
    learners = Math.max(learners, found.filter((name) => name.endsWith(" learns")).length);
    looks += 1;
  };
  const watching = (async () => {
    // while hosts fail nobody may answer
    for (; !stopping.signal.aborted; await sleep(300)) await look().catch(nothing);
  })();
  return {
    stop: async () => {
      stopping.abort();
      await watching;
      return { learners, looks };
    },
  };
}
