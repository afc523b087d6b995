// Faults that last, on one host of three: frozen, with a silent engine, and etcd changes while the others are out of reach.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer, agentLogs, startAgent } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { startProxy } from "#lab/proxy.ts";
import type { DockerProxy } from "#lab/proxy.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingContainers } from "#lab/standing-containers.ts";

const deadlineMs = 120_000;
const frozenMs = 60_000;

describe("faults of other hosts", { skip: skipWithoutLab(), timeout: 600_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let proxy: DockerProxy;
  let hosts: readonly [LabHost, LabHost, LabHost];
  /** Cuts h1 off in the moment when it stops its etcd. */
  let cutAtStop = false;
  /** While it is there, h1's engine answers nothing until it resolves. */
  let held: Promise<void> | undefined;

  before(async () => {
    lab = await startClusterLab(["h1", "h2", "h3"]);
    const [h1, h2, h3] = lab.hosts;
    assert.ok(h1 !== undefined && h2 !== undefined && h3 !== undefined);
    hosts = [h1, h2, h3];
    proxy = await startProxy(h1, {
      before: async (_, { path }) => {
        await held;
        if (!cutAtStop || !/^\/containers\/[0-9a-f]+\/stop/.test(path)) return;
        cutAtStop = false;
        await h1.partition();
      },
    });
    cluster = await createCluster(lab, "three-hosts");
    await cluster.edit((text) => text.replace("\netcd:", "\nagent: { interval: 2s, jitter: 0s }\n\netcd:"));
    await cluster.planner("split");
    await startAgent(h1, {
      image: (await agentImage()).reference,
      args: ["run"],
      env: { DOCKER_HOST: `unix://${proxy.socketForAgent}` },
      hostConfigFile: join(cluster.directory, "hosts", "h1.yaml"),
    });
    await cluster.startAgents(h2, h3);
    await cluster.settled(hosts, deadlineMs);
  });

  after(async () => {
    await proxy.close();
    await lab.down();
    await cluster.remove();
  });

  const put = async (key: string, value: string): Promise<boolean> =>
    (await cluster.etcdctl(hosts[0], "put", key, value)).includes("OK");
  const reads = async (host: LabHost, key: string, value: string): Promise<void> => {
    const read = async (): Promise<boolean> => (await cluster.etcdctl(host, "get", key)).split("\n").includes(value);
    await eventually(read, { what: `${host.name} reads ${key}`, deadlineMs });
  };
  const since = async (mark: number): Promise<readonly { readonly kind: string; readonly cause: string }[]> => {
    const lines = (await hosts[0].readFile("/var/lib/flexkube/events.jsonl")).toString().trim().split("\n");
    // the agent's own log
    return lines.slice(mark).map((line) => JSON.parse(line) as { readonly kind: string; readonly cause: string });
  };
  const heartbeat = async (ms: number): Promise<void> => {
    const argument = `"--heartbeat-interval=${ms}"`;
    await cluster.edit((text) =>
      text.includes("--heartbeat-interval")
        ? text.replace(/"--heartbeat-interval=[0-9]+"/, argument)
        : text.replace("etcd:\n  hosts: all", `etcd:\n  hosts: all\n  extraArgs: [${argument}]`),
    );
    await cluster.planner("split");
  };
  const runsWith = async (host: LabHost, ms: number): Promise<boolean> =>
    (await host.docker("inspect", "--format", "{{json .Args}}", `etcd-${host.name}`)).includes(`interval=${ms}"`);

  // two independent faults of a minute each, at the same time
  describe("for a minute", { concurrency: true }, () => {
    test("a host that is frozen for a minute: the others write on, nothing is replaced, and it catches up", async () => {
      const untouched = await Promise.all(hosts.map(standingContainers));
      const [, , h3] = hosts;
      await h3.freeze();
      const begun = performance.now();
      let written = 0;
      // a key for each: what was sent to the frozen leader without an answer may be done when it is back
      const write = async (): Promise<boolean> => {
        if (await put(`written-${written + 1}`, "yes")) written += 1;
        return performance.now() - begun >= frozenMs;
      };

      await eventually(write, { what: "a minute of writes without h3", deadlineMs, everyMs: 500 });
      await h3.thaw();

      assert.ok(written >= 30, `${written} writes`);
      await reads(h3, `written-${written}`, "yes");
      for (const host of hosts)
        await eventually(async () => (await cluster.status(host)).components.every(({ healthy }) => healthy), {
          what: `${host.name} is healthy`,
          deadlineMs,
        });
      assert.deepEqual(await Promise.all(hosts.map(standingContainers)), untouched);
    });

    test("an engine that answers nothing: the agent gives up in time, says so, and goes on when there are answers", async () => {
      const [h1] = hosts;
      let release: () => void = () => undefined;
      held = new Promise((resolve) => (release = resolve));
      const told = async (): Promise<string> => (await h1.readFile("/var/lib/flexkube/report.json")).toString();

      await eventually(async () => /"ENGINE_TIMEOUT".*\n.*\n.*60000/.test(await told()), {
        what: "the report tells of the time-out",
        deadlineMs,
      });

      // the report comes first
      await eventually(async () => assert.match(await agentLogs(h1), /"code":"ENGINE_TIMEOUT"/), {
        what: "the log too",
      });
      held = undefined;
      release();
      await eventually(async () => /"result": "settled"/.test(await told()), { what: "h1 goes on", deadlineMs });
    });
  });

  test("an etcd change while the others are off waits, rejects nothing, and is taken when they are back", async () => {
    const [h1, h2, h3] = hosts;
    await eventually(async () => put("before", "off"), { what: "a write before", deadlineMs });
    const member = await h1.docker("inspect", "--format", "{{.Id}}", "etcd-h1");
    await Promise.all([h2.kill(), h3.kill()]);
    await heartbeat(150);
    await cluster.deliver(h1);
    await h1.docker("restart", agentContainer);

    const waits = async (): Promise<boolean> =>
      (await cluster.report(h1)).blocked.some(
        ({ container, code, reason }) => container === "etcd-h1" && code === "waiting" && /h2, h3/.test(reason),
      );
    await eventually(waits, { what: "h1 says for whom it waits", deadlineMs });

    assert.equal(await h1.docker("inspect", "--format", "{{.Id}}", "etcd-h1"), member);
    await Promise.all([h2.start(), h3.start()]);
    await eventually(async () => runsWith(h1, 150), { what: "h1 has the change", deadlineMs });
    await reads(h1, "before", "off");
  });

  test("cut off in the middle of an etcd change: nothing is rejected, and it is whole when the network is", async () => {
    const [h1, h2, h3] = hosts;
    await cluster.settled([h1], deadlineMs);
    await heartbeat(200);
    cutAtStop = true;
    const mark = (await since(0)).length;
    await cluster.deliver(h1);
    await eventually(() => !cutAtStop, { what: "h1 is cut off while it stops its member", deadlineMs });
    const writes = async (): Promise<boolean> => (await cluster.etcdctl(h2, "put", "during", "cut")).includes("OK");
    await eventually(writes, { what: "a write without h1", deadlineMs });

    const ended = async () => {
      const kinds = (await since(mark)).map(({ kind }) => kind);
      return kinds.includes("removed") && kinds;
    };
    const kinds = await eventually(ended, { what: "the change has an end without a quorum", deadlineMs });
    // its health is what the member can say alone, so the change is judged by nobody else's absence
    assert.deepEqual(kinds, ["stopped", "started", "removed"]);
    await lab.heal();

    await cluster.settled([h1], deadlineMs);
    assert.ok(await runsWith(h1, 200));
    await reads(h1, "during", "cut");
    await reads(h3, "during", "cut");
  });
});
