// One at a time on a real control plane: changes delivered to all hosts at once under a client that writes through a host's load
// balancer, the lock's holder killed in the middle (its agent; before a release its host), and a change that does not work.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import type { YamlChange } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { sampleApiServers, samplePort, severalDown } from "#lab/sample-answers.ts";
import { sampled } from "#lab/sampled.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { authorityOf, watchRoll, type Watched } from "#lab/watch-roll.ts";

const deadlineMs = 400_000;
const lockKey = "/flexkube/kubernetes/disruption/lock";
const oneDownAtATime = ["011", "101", "110", "111"];
const otherImage = "registry.k8s.io/kube-apiserver:rolled";

describe("a roll over the control plane", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable" }, "kubernetes");
    hosts = cluster.lab.hosts;
    await set({ "hosts.k4": undefined, "controlPlane.apiserver.probe": { deadline: "60s" } });
    await cluster.planner("split");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...hosts);
    await cluster.ready(hosts, deadlineMs);
    await cluster.settled(hosts, deadlineMs);
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const set = async (change: YamlChange): Promise<void> => cluster.edit((text) => changedYaml(text, change));
  /** To all hosts at the same moment. */
  const deliver = async (): Promise<void> => {
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
  };
  const inspectOn = async (host: LabHost, format: string): Promise<string> =>
    (await host.docker("inspect", "--format", format, "kube-apiserver")).trim();
  const inspect = async (format: string, which = hosts): Promise<readonly string[]> =>
    Promise.all(which.map(async (host) => inspectOn(host, format)));
  /** Host that holds the lock; undefined while nobody does. Asked at one host's member, or at any. */
  const holder = async (at?: LabHost): Promise<string | undefined> =>
    /"host":"(k[0-9])"/.exec(await cluster.etcdctl(at, "get", lockKey))?.[1];
  /** Resolves once somebody replaces an API server, with its host. */
  const holderNow = async (): Promise<LabHost> => {
    const what = "somebody takes the lock for its API server";
    const ask = async (): Promise<string | false> => {
      const record = await cluster.etcdctl(undefined, "get", lockKey);
      return record.includes('"kube-apiserver"') && (/"host":"(k[0-9])"/.exec(record)?.[1] ?? false);
    };
    return cluster.lab.host(await eventually(ask, { what, deadlineMs, everyMs: 50 }));
  };
  /** Resolves once all of these say, in reports from now on, that they wait for another host with such words. */
  const waitsFor = async (which: readonly LabHost[], words: string): Promise<void> => {
    const since = Date.now();
    const isSaidBy = async (host: LabHost): Promise<true> => {
      const { writtenAt, blocked } = await cluster.report(host);
      const isSaid = blocked.some(({ code, reason }) => code === "waiting" && reason.includes(words));
      if (!isSaid || Date.parse(writtenAt) < since) throw new Error(JSON.stringify({ writtenAt, blocked }));
      return true;
    };
    // at the same time: a lease that has run out is no reason any more
    await Promise.all(
      which.map(async (host) =>
        eventually(async () => isSaidBy(host), { what: `${host.name} waits: ${words}`, deadlineMs }),
      ),
    );
  };

  /** Two of a kind are never down meanwhile; a client writes through the load balancer of the second host. */
  async function watched(act: () => Promise<void>): Promise<Watched> {
    const found = await watchRoll(cluster, act);
    for (const list of found.samples) assert.deepEqual(severalDown(list), [], `${list.length} samples`);
    return found;
  }

  test("arguments of etcd and API server and its image at once: never are two of a kind down, and no write fails", async (t) => {
    const { reference } = cluster.images.byName["kube-apiserver"];
    await Promise.all(hosts.map(async (host) => host.docker("tag", reference, otherImage)));
    await set({ "etcd.extraArgs": ["--heartbeat-interval=150"] });
    await set({ "controlPlane.apiserver.args": { "min-request-timeout": "900" } });
    await set({ "controlPlane.apiserver.image": otherImage });

    const { written, failed, seen } = await watched(async () => {
      await deliver();
      await cluster.settled(hosts, deadlineMs);
    });

    t.diagnostic(`${written} writes`);
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    // each of both kinds was replaced, and seen to be
    assert.deepEqual(seen, [oneDownAtATime, oneDownAtATime]);
    for (const args of await inspect("{{json .Args}}")) assert.match(args, /--min-request-timeout=900/);
    assert.deepEqual([...new Set(await inspect("{{.Config.Image}}"))], [otherImage]);
    for (const host of hosts)
      assert.match(await host.docker("inspect", "--format", "{{json .Args}}", `etcd-${host.name}`), /interval=150/);
    assert.equal(await holder(), undefined);
  });

  test("the holder's agent is killed in the middle: the others wait for its lease and its API server, then go on without it", async (t) => {
    await set({ "controlPlane.apiserver.args": { "min-request-timeout": "1000" } });
    const first = new Map(
      await Promise.all(hosts.map(async (host) => [host, await inspectOn(host, "{{.Id}}")] as const)),
    );

    const { failed, seen } = await watched(async () => {
      await deliver();
      const victim = await holderNow();
      const others = hosts.filter((host) => host !== victim);
      const isStarting = async (): Promise<boolean> => {
        const [id, isRunning] = (await inspectOn(victim, "{{.Id}} {{.State.Running}}")).split(" ");
        return id !== first.get(victim) && isRunning === "true";
      };
      await eventually(isStarting, { what: `${victim.name} starts its new API server`, deadlineMs, everyMs: 20 });
      await victim.docker("kill", agentContainer);
      const killed = performance.now();
      assert.equal(await holder(), victim.name);

      await waitsFor(others, `${victim.name} replaces its kube-apiserver`);
      const touched: string[] = [];
      await eventually(
        async () => {
          const ids = await inspect("{{.Id}}", others);
          // what was seen before the lock was still held was so under the lock
          if ((await holder()) !== victim.name) return true;
          touched.push(...others.filter((host, index) => ids[index] !== first.get(host)).map(({ name }) => name));
          return false;
        },
        { what: "the lease runs out", deadlineMs: 60_000 },
      );
      t.diagnostic(
        `${victim.name}'s lock is gone ${Math.round((performance.now() - killed) / 1000)} s after its agent`,
      );
      assert.deepEqual(touched, []);
      await cluster.settled(others, deadlineMs);
      assert.equal((await victim.docker("inspect", "--format", "{{.State.Running}}", agentContainer)).trim(), "false");
      await victim.docker("start", agentContainer);
      await cluster.settled([victim], deadlineMs);
    });

    assert.deepEqual(failed, []);
    assert.deepEqual(seen, [["111"], oneDownAtATime]);
    for (const args of await inspect("{{json .Args}}")) assert.match(args, /--min-request-timeout=1000/);
  });

  for (const what of sampled(["host"], []))
    test(`the holder's ${what} is off in the middle: the others wait for its lease and its API server, also when the lease is over`, async (t) => {
      await set({ "controlPlane.apiserver.args": { "min-request-timeout": "1100" } });
      await deliver();
      const victim = await holderNow();
      await victim.kill();
      const killed = performance.now();
      const others = hosts.filter((host) => host !== victim);
      const [operator] = others;
      const first = await inspect("{{.Id}} {{.State.StartedAt}}", others);

      const isFree = async (): Promise<boolean> => (await holder(operator)) === undefined;
      await eventually(isFree, { what: "the lease runs out", deadlineMs: 60_000 });
      t.diagnostic(`${victim.name}'s lock is gone ${Math.round((performance.now() - killed) / 1000)} s after its host`);
      await waitsFor(others, `no answer from ${victim.name}`);

      assert.deepEqual(await inspect("{{.Id}} {{.State.StartedAt}}", others), first);
      for (const args of await inspect("{{json .Args}}", others))
        assert.doesNotMatch(args, /--min-request-timeout=1100/);
      const members = await samplePort(cluster.lab, 2379);
      const apiServers = await sampleApiServers(cluster.lab, authorityOf(cluster));
      await victim.start();
      await cluster.settled(hosts, deadlineMs);
      const severalMeanwhile = {
        etcd: severalDown(await members.stop()),
        apiServers: severalDown(await apiServers.stop()),
      };
      assert.deepEqual(severalMeanwhile, { etcd: [], apiServers: [] });
      for (const args of await inspect("{{json .Args}}")) assert.match(args, /--min-request-timeout=1100/);
    });

  test("an argument that does not work stops at the first host, which goes back; the others do not touch theirs", async () => {
    const untouched = await inspect("{{.Id}} {{.State.StartedAt}}");
    const ids = await inspect("{{.Id}}");
    await set({ "controlPlane.apiserver.args": { "authentication-token-webhook-config-file": "/no/such" } });

    let told: readonly string[] = [];
    const { failed } = await watched(async () => {
      await deliver();
      told = await eventually(
        async () => {
          const found = await Promise.all(hosts.map(async (host) => cluster.report(host)));
          const rejected = found.map(({ blocked }) =>
            blocked.some(({ code, container }) => code === "rejected" && container === "kube-apiserver"),
          );
          if (rejected.includes(false)) throw new Error(JSON.stringify(found.map(({ blocked }) => blocked)));
          return found.flatMap(({ blocked }) => blocked.map(({ reason }) => reason));
        },
        { what: "all three have rejected it", deadlineMs },
      );
    });

    assert.deepEqual(failed, []);
    const now = await inspect("{{.Id}} {{.State.StartedAt}}");
    assert.equal(now.filter((start, index) => start === untouched[index]).length, 2);
    assert.deepEqual(await inspect("{{.Id}}"), ids);
    const elsewhere = told.filter((reason) => /^k[1-3] tried this and it was not healthy: /.test(reason));
    assert.equal(elsewhere.length, 2, JSON.stringify(told));
    for (const host of hosts) assert.equal(await cluster.kubectlOn(host, "get", "--raw", "/readyz"), "ok");
  });
});
