// What `split` and `diff` write and say, on a machine in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { generations } from "#planner/testing/generations.ts";

test("split writes a valid host config for every host, for its owner only", async () => {
  const machine = fakeMachine(smallCluster);

  const { code } = await machine.run("split");

  assert.equal(code, 0);
  assert.deepEqual(generations(machine), { h1: 1, h2: 1, h3: 1 });
  for (const host of ["h1", "h2", "h3"]) assert.equal(machine.files.get(`hosts/${host}.yaml`)?.mode, 0o600);
  assert.equal(machine.files.get("pki/state.yaml")?.mode, 0o600);
});

test("a host config reads in order, secrets last, with host, cluster and generation in its first line", async () => {
  const machine = fakeMachine(smallCluster);

  await machine.run("split");

  const lines = machine.text("hosts/h1.yaml")?.split("\n") ?? [];
  assert.match(
    lines[0] ?? "",
    /^# Host h1 of cluster demo, generation 1\. Made by flexkube-planner split; a changed copy is refused: [0-9]+ bytes, /,
  );
  assert.deepEqual(
    lines.filter((line) => /^[a-zA-Z]/.test(line)).map((line) => line.split(":")[0]),
    [
      "apiVersion",
      "kind",
      "cluster",
      "host",
      "generation",
      "address",
      "closedDirectories",
      "agent",
      "etcd",
      "apiLoadBalancers",
      "containers",
      "secrets",
    ],
  );
});

test("a second split writes nothing at all", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;

  const { code, stdout } = await machine.run("split");

  assert.equal(code, 0);
  assert.deepEqual(machine.writes, []);
  assert.match(stdout, /^cluster demo: 3 hosts, 0 changed\n/);
});

test("a change raises the generation of the hosts it concerns and leaves the other files alone", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;
  machine.put("cluster.yaml", smallCluster.replace("nginx:1.29", "nginx:1.30"));

  const { stdout } = await machine.run("split");

  assert.deepEqual(generations(machine), { h1: 1, h2: 2, h3: 2 });
  assert.deepEqual(
    machine.writes.filter((write) => write.startsWith("rename")),
    ["rename pki/state.yaml", "rename hosts/h2.yaml", "rename hosts/h3.yaml"],
  );
  assert.match(stdout, /h2: changed, generation 1 to 2\n {2}fetch image nginx:1.30/);
  assert.match(stdout, /create web from nginx:1.30 \(image changed from nginx:1.29 to nginx:1.30\)/);
});

test("split says what the agent of an empty host will do", async () => {
  const { stdout } = await fakeMachine(smallCluster).run("split");

  assert.match(stdout, /^h1: new, generation 1\n {2}fetch image haproxy:3.2-alpine/m);
  assert.match(stdout, /create etcd-h1 from quay.io\/coreos\/etcd:v3.6.16 start=new/);
  assert.match(stdout, /wait until etcd-h1 is healthy, at most 120s/);
});

test("only the first ten hosts are shown unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 12 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}`;

  const some = await fakeMachine(config).run("split");
  const all = await fakeMachine(config).run("split", "--all");

  assert.match(some.stdout, /^and 2 more hosts, n10 to n11; --all shows them$/m);
  assert.match(all.stdout, /^n11: new/m);
});

test("only the first keys and certificates are named unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}etcd: { hosts: all }\n`;

  const some = await fakeMachine(config).run("split");
  const all = await fakeMachine(config).run("split", "--all");

  assert.equal(some.stdout.match(/^pki /gm)?.length, 60);
  assert.match(some.stdout, /^and 21 more keys and certificates; --all shows them$/m);
  assert.equal(all.stdout.match(/^pki /gm)?.length, 81);
});

test("diff writes nothing, exits 2 and shows secrets as digests only", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;
  machine.put(
    "cluster.yaml",
    smallCluster.replace("correct horse", "battery staple").replace("nginx:1.29", "nginx:1.30"),
  );

  const { code, stdout, stderr } = await machine.run("diff");

  assert.equal(code, 2);
  assert.deepEqual(machine.writes, []);
  assert.match(stdout, /^ {4}- {5}image: nginx:1.29\n {4}\+ {5}image: nginx:1.30$/m);
  assert.match(stdout, /^ {4}! secret web-token [0-9a-f]{12} to [0-9a-f]{12}$/m);
  assert.doesNotMatch(stdout + stderr, /battery|horse|PRIVATE/);
});

test("diff exits 0 when split would write nothing, and 2 before the first split", async () => {
  const machine = fakeMachine(smallCluster);

  assert.equal((await machine.run("diff")).code, 2);
  await machine.run("split");
  assert.deepEqual((await machine.run("diff")).code, 0);
});

test("no output of any command holds a key or another secret", async () => {
  const machine = fakeMachine(smallCluster);
  const runs = [
    await machine.run("validate", "--json"),
    await machine.run("diff", "--json"),
    await machine.run("split", "--json"),
    await machine.run("diff"),
  ];
  const secrets = Object.values(machine.hosts()).flatMap((config) => Object.values(config.secrets));

  assert.ok(secrets.length > 8);
  for (const { stdout, stderr } of runs)
    for (const secret of secrets) assert.ok(!(stdout + stderr).includes(JSON.stringify(secret).slice(1, -1)));
});

test("--json tells the same as data", async () => {
  const machine = fakeMachine(smallCluster);
  const { stdout } = await machine.run("split", "--json");

  const report: unknown = JSON.parse(stdout);

  assert.ok(typeof report === "object" && report !== null && "hosts" in report && Array.isArray(report.hosts));
  assert.partialDeepStrictEqual(report, {
    cluster: "demo",
    changes: true,
    hosts: [{ host: "h1", change: "new", generation: 1 }, { host: "h2" }, { host: "h3" }],
    gone: [],
    bootstrap: "flexkube-planner split cluster.yaml --bootstrapped",
  });
});

test("--json comes host by host: what thousands of hosts differ in is longer than a text can be", async () => {
  const machine = fakeMachine(smallCluster);
  for (const command of ["diff", "split", "diff"]) {
    const { stdout } = await machine.run(command, "--json");

    assert.equal(stdout, `${JSON.stringify(JSON.parse(stdout), undefined, 2)}\n`);
    const hosts = machine.printed().map((part) => part.match(/"host": "h[123]"/g) ?? []);
    assert.deepEqual(hosts.flat(), ['"host": "h1"', '"host": "h2"', '"host": "h3"']);
    assert.ok(hosts.every(({ length }) => length < 2));
  }
});

test("--out and --pki choose other directories", async () => {
  const machine = fakeMachine(smallCluster);

  await machine.run("split", "--out", "a/b", "--pki", "c");

  assert.ok(machine.files.has("a/b/h1.yaml"));
  assert.ok(machine.files.has("c/state.yaml"));
  assert.ok(machine.pki.has("c/etcd/ca.key"));
});
