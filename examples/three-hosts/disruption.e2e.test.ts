// One member at a time, whatever happens: a change delivered to all hosts at once, its lock's holder killed, a change that
// does not work.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { lookOften } from "#lab/look-often.ts";
import { samplePort, severalDown } from "#lab/sample-answers.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 240_000;
const lockKey = "/flexkube/demo/disruption/lock";

describe("the disruption lock on three hosts", { skip: skipWithoutLab(), timeout: 1_500_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    hosts = lab.hosts;
    cluster = await createCluster(lab, "three-hosts");
    await cluster.edit(lookOften);
    await cluster.edit((text) =>
      text.replace("etcd:\n  hosts: all", "etcd:\n  hosts: all\n  probe: { deadline: 25s }"),
    );
    await cluster.planner("split");
    await cluster.startAgents(...hosts);
    await cluster.settled(hosts, deadlineMs);
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  /** The same file on all hosts, which take it up by themselves. */
  const change = async (...args: readonly string[]): Promise<void> => {
    const list = `[${args.map((argument) => `"${argument}"`).join(", ")}]`;
    await cluster.edit((text) => text.replace(/\n {2}extraArgs: .*/, ""));
    await cluster.edit((text) => text.replace("etcd:\n  hosts: all", `etcd:\n  hosts: all\n  extraArgs: ${list}`));
    await cluster.planner("split");
    await cluster.deliver(...hosts);
  };
  /** Taken up at the same moment. */
  const deliver = async (...args: readonly string[]): Promise<void> => {
    await change(...args);
    await cluster.nudge(...hosts);
  };
  const argsOf = async (host: LabHost): Promise<string> =>
    host.docker("inspect", "--format", "{{json .Args}}", `etcd-${host.name}`);
  const startsOf = async (): Promise<readonly string[]> =>
    Promise.all(
      hosts.map(async (host) =>
        host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", `etcd-${host.name}`),
      ),
    );
  /** Host that holds the lock; undefined while nobody does. */
  const holder = async (): Promise<string | undefined> =>
    /"host":"(h[0-9])"/.exec(await cluster.etcdctl(undefined, "get", lockKey))?.[1];

  test("an argument delivered to all at once: never are two members down, and no write fails", async () => {
    const sampler = await samplePort(lab, 2379);
    const stopping = new AbortController();
    const failed: unknown[] = [];
    const put = async (): Promise<string> => cluster.etcdctl(undefined, "put", "written", "yes");
    const writing = (async () => {
      let written = 0;
      for (; !stopping.signal.aborted; written++)
        await put()
          .catch(put)
          .catch((error: unknown) => failed.push(error));
      return written;
    })();

    await deliver("--heartbeat-interval=150");
    await cluster.settled(hosts, deadlineMs);

    stopping.abort();
    const written = await writing;
    const samples = await sampler.stop();
    for (const host of hosts) assert.match(await argsOf(host), /heartbeat-interval=150/);
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    assert.deepEqual([...new Set(samples)].toSorted(), ["011", "101", "110", "111"], `${samples.length} samples`);
    assert.equal(await holder(), undefined);
  });

  test("the holder is killed in the middle: the others wait for its lease and its member, then go on one by one", async () => {
    const sampler = await samplePort(lab, 2379);
    // longer under the lock than it takes to see who has it, and to kill him
    await cluster.edit((text) => text.replace("deadline: 25s", "threshold: 8, deadline: 25s"));
    // no agent is restarted: the first host would be done before the last one has been
    await change("--heartbeat-interval=160");
    const name = await eventually(async () => (await holder()) ?? false, {
      what: "somebody takes the lock",
      deadlineMs,
      everyMs: 20,
    });
    const victim = hosts.find((host) => host.name === name);
    assert.ok(victim !== undefined);
    await victim.docker("kill", agentContainer);
    const others = hosts.filter((host) => host !== victim);
    const isOld = async (host: LabHost): Promise<boolean> => !(await argsOf(host)).includes("interval=160");

    await eventually(
      async () =>
        (await Promise.all(others.map(async (host) => cluster.report(host)))).every(({ blocked }) =>
          blocked.some(({ code, reason }) => code === "waiting" && reason.includes(`${victim.name} replaces its etcd`)),
        ),
      { what: "both others say for whom they wait", deadlineMs: 25_000 },
    );
    assert.deepEqual(await Promise.all(others.map(isOld)), [true, true]);
    await eventually(async () => (await holder()) !== victim.name, { what: "the lease runs out", deadlineMs: 60_000 });
    await victim.docker("start", agentContainer);
    await cluster.settled(hosts, deadlineMs);

    const samples = await sampler.stop();
    for (const host of hosts) assert.match(await argsOf(host), /heartbeat-interval=160/);
    assert.deepEqual(severalDown(samples), []);
  });

  test("a change that is not healthy in time stops at the first host: the others do not touch theirs", async () => {
    const first = await startsOf();

    // nothing listens there
    await cluster.edit((text) => text.replace("threshold: 8, ", "tcp: { port: 1 }, "));
    await deliver("--heartbeat-interval=165");
    const reports = await eventually(
      async () => {
        const found = await Promise.all(hosts.map(async (host) => cluster.report(host)));
        const rejected = found.map(({ blocked }) =>
          blocked.find(({ code, container }) => code === "rejected" && container.startsWith("etcd")),
        );
        if (rejected.some((blocked) => blocked === undefined)) throw new Error(JSON.stringify(found));
        return found;
      },
      { what: "all three have rejected it", deadlineMs },
    );

    const untouched = (await startsOf()).filter((start, index) => start === first[index]);
    assert.equal(untouched.length, 2);
    const reasons = reports.flatMap(({ blocked }) => blocked.map(({ reason }) => reason));
    assert.equal(reasons.filter((reason) => /^h[1-3] tried this and it was not healthy: /.test(reason)).length, 2);
    for (const host of hosts) assert.match(await cluster.etcdctl(host, "get", "written"), /yes/);
  });

  test("the next change is tried again and rolls over all hosts", async () => {
    await cluster.edit((text) => text.replace("tcp: { port: 1 }, ", ""));
    await deliver("--heartbeat-interval=170");

    await cluster.settled(hosts, deadlineMs);

    for (const host of hosts) assert.match(await argsOf(host), /heartbeat-interval=170/);
  });
});
