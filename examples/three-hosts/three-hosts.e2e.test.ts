// The main job on real hosts, the oldest and the newest engine side by side: split, deliver, start the agents, look.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agentContainer, startAgent } from "#lab/agent.ts";
import { createCluster } from "#lab/cluster.ts";
import type { Cluster } from "#lab/cluster.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage } from "#lab/images.ts";
import { startClusterLab } from "#lab/cluster-lab.ts";
import type { Lab } from "#lab/lab.ts";
import { samplePort, severalDown } from "#lab/sample-answers.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingContainers } from "#lab/standing-containers.ts";
import { changes, worldOf } from "#lab/world.ts";
import { textsAt } from "#shared/json-fields.ts";
import { startWriter } from "./start-writer.ts";

/** One host after the other, each with a member that is to be healthy first. */
const rollMs = 240_000;

function certificateIn(text: string): string | undefined {
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0];
}

describe("three hosts", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let lab: Lab;
  let cluster: Cluster;
  let hosts: readonly LabHost[];

  before(async () => {
    lab = await startClusterLab({ h1: "stable", h2: "sid", h3: "stable" });
    hosts = lab.hosts;
    cluster = await createCluster(lab, "three-hosts");
  });

  after(async () => {
    await lab.down();
    await cluster.remove();
  });

  test("from nothing to a healthy etcd, load balancers and containers, with all agents started at once", async () => {
    await cluster.planner("split");
    await cluster.startAgents(...hosts);

    await cluster.settled(hosts);

    const [h1, h2, h3] = hosts;
    await cluster.etcdctl(h1, "put", "greeting", "hello");
    for (const host of [h2, h3]) assert.match(await cluster.etcdctl(host, "get", "greeting"), /hello/);
    const members = await cluster.etcdctl(h1, "member", "list");
    for (const host of hosts) assert.match(members, new RegExp(`, started, ${host.name}, `));
  });

  test("the reports that were carried from the hosts make one table, and a change of one of them is seen", async () => {
    const reports = join(cluster.directory, "reports");
    await mkdir(reports);
    for (const host of hosts) {
      const printed = await host.docker("exec", agentContainer, "flexkube-agent", "status", "--json");
      await writeFile(join(reports, `${host.name}.json`), printed);
    }

    const table = await cluster.planner("status", "--from", "reports", "--exit-code");

    assert.match(
      table,
      /^HOST .*\nh1 +1\/1 +settled +ok .*\nh2 .* ok .*\nh3 .* ok .*\n\n3 of 3 hosts as they should be, 0 findings\n$/,
    );
    const h3 = join(reports, "h3.json");
    await writeFile(h3, (await readFile(h3, "utf8")).replace('"settled"', '"changed"'));
    assert.match(
      await cluster.planner("status", "--from", "reports"),
      /h3: its report was changed, or is another host's\n/,
    );
  });

  test("one host's report tells what the others have said in etcd, and that etcd has come up", async () => {
    const h1 = lab.host("h1");
    const directory = join(cluster.directory, "one-report");
    await mkdir(directory);
    // words are written beside the ticks
    await eventually(
      async () => {
        const printed = await h1.docker("exec", agentContainer, "flexkube-agent", "status", "--json");
        await writeFile(join(directory, "h1.json"), printed);
        const told = textsAt(JSON.parse(printed), "acknowledgements");
        return hosts.every(({ name }) => told[name]?.startsWith("1 applied agent=") === true);
      },
      { what: "each host has said in etcd that its host config is applied" },
    );

    const table = await cluster.planner("status", "--from", "one-report");

    assert.match(table, /\nh1 +1\/1 +settled +ok .*\nh2 +1\/1 +applied .*\nh3 +1\/1 +applied /);
    assert.match(table, /\nh2: no report of it; in etcd it says that generation 1 is applied\n/);
    // with code 2, for there are changes
    await assert.rejects(cluster.planner("diff", "--from", "one-report"), /\nthe cluster is proven to be up: /);
  });

  test("etcd refuses a client without a certificate", async () => {
    await assert.rejects(lab.net("curl", "-sk", "--max-time", "3", "https://10.77.0.11:2379/health"));
  });

  test("each host's load balancer reaches an API server over TLS that it does not end", async () => {
    const standIn = certificateIn(await readFile(join(cluster.directory, "stand-in", "server.pem"), "utf8"));
    for (const host of hosts) {
      const shown = await host.inNetwork(["openssl", "s_client", "-connect", "127.0.0.1:7443"], { input: "" });
      assert.equal(certificateIn(shown), standIn);
      const metrics = ["wget", "-qO-", "http://127.0.0.1:7080/metrics"];
      await eventually(
        async () => {
          const health = await host.docker("run", "--rm", "--network", "host", "busybox:lab", ...metrics);
          const up = health
            .split("\n")
            .filter(
              (line) => line.startsWith("haproxy_server_status{") && line.includes('state="UP"') && line.endsWith(" 1"),
            );
          assert.equal(up.length, 3, health.slice(0, 500));
        },
        // a server that was down when the load balancer began is looked for every two seconds
        { what: `the load balancer of ${host.name} knows all servers` },
      );
    }
  });

  test("a second tick, one after the loss of all state and of the agent, and one of a newer image change nothing", async () => {
    const untouched = await Promise.all(hosts.map(worldOf));
    await cluster.nudge(...hosts);
    await cluster.settled(hosts);
    assert.deepEqual(await Promise.all(hosts.map(worldOf)), untouched);

    const image = (await agentImage()).reference;
    for (const host of hosts) {
      await host.docker("rm", "-f", agentContainer);
      await host.exec("sh", "-c", "rm -rf /var/lib/flexkube/*");
      await startAgent(host, { image, args: ["run"] });
    }
    await cluster.settled(hosts);
    assert.deepEqual(await Promise.all(hosts.map(worldOf)), untouched);

    const newer = "flexkube-agent:0.1.1";
    for (const host of hosts) {
      await host.docker("tag", image, newer);
      await host.docker("rm", "-f", agentContainer);
      await startAgent(host, { image: newer, args: ["run", "--host", host.name] });
    }
    await cluster.settled(hosts);

    assert.deepEqual(await Promise.all(hosts.map(worldOf)), untouched);
  });

  test("a changed etcd argument rolls over all hosts while a client writes, and nothing else is touched", async () => {
    const untouched = await Promise.all(hosts.map(worldOf));
    await cluster.edit((text) =>
      text.replace("etcd:\n  hosts: all", 'etcd:\n  hosts: all\n  extraArgs: ["--heartbeat-interval=150"]'),
    );
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    const writer = startWriter(cluster);
    await cluster.nudge(...hosts);

    await cluster.settled(hosts, rollMs);

    for (const [index, host] of hosts.entries()) {
      const changed = changes(untouched[index] ?? {}, await worldOf(host));
      assert.deepEqual(changed, [`/etcd-${host.name}`]);
      assert.match(
        await host.docker("inspect", "--format", "{{json .Args}}", `etcd-${host.name}`),
        /heartbeat-interval=150/,
      );
    }
    const { written, failed } = await writer.stop();
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    assert.match(await cluster.etcdctl(undefined, "get", "written"), new RegExp(`\n${written}\n`));
  });

  test("another user of etcd and load balancers: data and keys follow on one host after the other while a client writes", async () => {
    const [first, etcd] = [2_100_000_160, "/var/lib/etcd"];
    const ownersOf = async (host: LabHost): Promise<readonly string[]> => {
      const found = await host.exec("find", etcd, "/etc/kubernetes", "-path", "*/live*", "-o", "-path", `${etcd}*`);
      const paths = found.trim().split("\n");
      return [...new Set((await host.exec("stat", "-c", "%u", ...paths)).trim().split("\n"))].toSorted();
    };
    const usersOf = async (host: LabHost, container: string): Promise<string> => {
      const pid = (await host.docker("inspect", "--format", "{{.State.Pid}}", container)).trim();
      return (await host.exec("stat", "-c", "%u", `/proc/${pid}`)).trim();
    };
    await cluster.edit((text) => `${text}\nusers: { first: ${first} }\n`);
    await cluster.planner("split");
    const sampler = await samplePort(lab, 2379);
    const writer = startWriter(cluster);
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);

    await cluster.settled(hosts, rollMs);

    assert.deepEqual(severalDown(await sampler.stop()), []);
    const { written, failed } = await writer.stop();
    assert.deepEqual(failed, []);
    assert.ok(written > 5, `${written} writes`);
    for (const host of hosts) {
      const user = await usersOf(host, `etcd-${host.name}`);
      assert.ok(Number(user) >= first && Number(user) < first + 16, user);
      assert.notEqual(await usersOf(host, "api-load-balancer-api"), user);
      const owners = await ownersOf(host);
      assert.deepEqual(
        owners.filter((uid) => uid !== "0" && Number(uid) < first),
        [],
        host.name,
      );
      assert.ok(owners.includes(user), owners.join(" "));
    }
    assert.match(await cluster.etcdctl(undefined, "get", "written"), new RegExp(`\n${written}\n`));
  });

  test("a changed load balancer is signalled, keeps its container and loses no connection", async () => {
    const [h1] = hosts;
    assert.ok(h1 !== undefined);
    const untouched = await worldOf(h1);
    // two requests over one TLS connection, the reload between them
    const talk =
      "(printf 'GET /a HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'; sleep 8; printf 'GET /b HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'; sleep 1)";
    const open = h1.inNetwork(["sh", "-c", `${talk} | openssl s_client -quiet -connect 127.0.0.1:7443 2>&1`]);
    await cluster.edit((text) => text.replace("ops: { port: 7080 }", "ops: { port: 7080 }\n    maxConnections: 4096"));
    await cluster.planner("split");
    await cluster.deliver(h1);
    await cluster.nudge(h1);

    await cluster.settled([h1]);

    assert.deepEqual(changes(untouched, await worldOf(h1)), ["/etc/kubernetes/api-load-balancer-api/live/haproxy.cfg"]);
    assert.equal((await open).match(/HTTP\/1\.1 200/g)?.length, 2);
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
    await cluster.settled(hosts);
  });

  test("drift is repaired within a tick: stopped, removed, renamed, policy, file content, mode and owner", async () => {
    const [h1] = hosts;
    assert.ok(h1 !== undefined);
    const healthy = async (): Promise<boolean> => {
      const { result, components } = await cluster.status(h1);
      return result === "settled" && components.every((component) => component.healthy);
    };
    const drifts: readonly (readonly string[])[] = [
      ["docker", "stop", "-t", "1", "greeter"],
      ["docker", "rm", "-f", "greeter"],
      ["docker", "rename", "greeter", "elsewhere"],
      ["docker", "update", "--restart", "no", "api-load-balancer-api"],
    ];
    for (const [, ...args] of drifts) {
      await h1.docker(...args);
      await eventually(async () => (await h1.docker("ps", "--format", "{{.Names}}")).split("\n").includes("greeter"), {
        what: `repaired after ${args.join(" ")}`,
      });
      await eventually(
        async () =>
          /always/.test(
            await h1.docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", "api-load-balancer-api"),
          ),
        { what: "the restart policy" },
      );
      await eventually(healthy, { what: `settled after ${args.join(" ")}` });
    }
    const config = "/etc/kubernetes/api-load-balancer-api/live/haproxy.cfg";
    const good = (await h1.readFile(config)).toString();
    const attributes = await h1.exec("stat", "-c", "%a %u %g", config);
    for (const damage of [`echo broken > ${config}`, `chmod 0777 ${config}`, `chown 7:8 ${config}`, `rm ${config}`]) {
      await h1.exec("sh", "-c", damage);
      await cluster.nudge(h1);
      await cluster.settled([h1]);
      assert.equal((await h1.readFile(config)).toString(), good, damage);
      assert.equal(await h1.exec("stat", "-c", "%a %u %g", config), attributes, damage);
    }
  });

  test("a directory where a file should be is reported, and nothing in it is lost", async () => {
    const [h1] = hosts;
    assert.ok(h1 !== undefined);
    const config = "/etc/kubernetes/api-load-balancer-api/live/haproxy.cfg";
    await h1.exec("sh", "-c", `rm ${config}; mkdir ${config}; echo precious > ${config}/mine`);
    await cluster.nudge(h1);

    await eventually(
      async () => (await cluster.report(h1)).blocked.some((blocked) => blocked.reason.includes("is a directory")),
      { what: "the problem is reported" },
    );

    assert.equal((await h1.readFile(`${config}/mine`)).toString(), "precious\n");
    await h1.exec("rm", "-r", config);
    await cluster.nudge(h1);
    await cluster.settled([h1]);
  });

  test("a process killed from the host and a container killed by docker are back by themselves", async () => {
    const [h1] = hosts;
    assert.ok(h1 !== undefined);
    for (const name of ["greeter", "etcd-h1"]) {
      const first = await h1.docker("inspect", "--format", "{{.State.StartedAt}} {{.State.Running}}", name);
      await h1.docker("kill", name);
      await eventually(
        async () => {
          const now = await h1.docker("inspect", "--format", "{{.State.StartedAt}} {{.State.Running}}", name);
          return now !== first && now.trim().endsWith("true");
        },
        // the second may end while a tick still waits for the first
        { what: `${name} runs again`, everyMs: 20 },
      );
    }
    await cluster.settled([h1]);
  });

  test("no key is in logs, plan, report, status, labels, environment or arguments", async () => {
    const [h1] = hosts;
    assert.ok(h1 !== undefined);
    const inspected = await h1.docker("inspect", ...Object.keys(await standingContainers(h1)));
    const logs = await h1.tryDocker(["logs", agentContainer]);
    const plan = await h1.docker("exec", agentContainer, "flexkube-agent", "status", "--json");
    const state = await h1.exec(
      "cat",
      "/var/lib/flexkube/report.json",
      "/var/lib/flexkube/events.jsonl",
      "/var/lib/flexkube/ledger.json",
    );
    const diff = await cluster.planner("split");
    for (const text of [inspected, logs.stdout, logs.stderr, plan, state, diff])
      assert.doesNotMatch(text, /PRIVATE KEY|MIG[A-Za-z0-9]{20}/);
  });

  test("reset lists and then removes what it made, and leaves data and strangers alone", async () => {
    const [, , h3] = hosts;
    assert.ok(h3 !== undefined);
    await h3.docker("run", "-d", "--name", "stranger", "busybox:lab", "sleep", "3600");
    const list = await h3.docker("exec", agentContainer, "/flexkube-agent", "reset", "--dry-run");
    assert.match(list, /stop etcd-h3/);

    const said = await h3.docker("exec", agentContainer, "/flexkube-agent", "reset");

    assert.equal(said, `${list}reset; apply brings everything back\n`);

    assert.deepEqual(
      (await h3.docker("ps", "-a", "--format", "{{.Names}}"))
        .trim()
        .split("\n")
        .toSorted((a, b) => (a < b ? -1 : 1)),
      [agentContainer, "stranger"],
    );
    assert.equal((await h3.exec("find", "/etc", "-path", "/etc/kubernetes*")).trim(), "");
    assert.match(await h3.exec("ls", "/var/lib/etcd/member"), /wal/);
    await h3.docker("exec", agentContainer, "/flexkube-agent", "apply");
    await eventually(async () => /hello/.test(await cluster.etcdctl(h3, "get", "greeting")), {
      what: "h3's etcd is back with its data",
    });
    await h3.docker("rm", "-f", "stranger");
  });

  test("reset with --data removes the data directories too", async () => {
    const [, , h3] = hosts;
    assert.ok(h3 !== undefined);

    const said = await h3.docker("exec", agentContainer, "/flexkube-agent", "reset", "--data");

    assert.match(said, /remove data \/var\/lib\/etcd/);
    assert.doesNotMatch(await h3.exec("ls", "/var/lib"), /etcd/);
  });
});
