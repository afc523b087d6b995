// What `split` and `diff` write and say, on a machine in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
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
  assert.match(
    stdout,
    /^h2, h3: changed, generation 1 to 2\n {2}image nginx:1\.30\n {2}replace web \(image changed from nginx:1\.29 to nginx:1\.30\)\n {2}config: containers\.web\.image\ncluster demo/m,
  );
});

test("hosts to which the same happens stand together, with what is new counted", async () => {
  const { stdout } = await fakeMachine(smallCluster).run("split");

  const [, ...lines] = stdout.split("\n");
  assert.deepEqual(lines.slice(0, 6), [
    "pki etcd/ca, etcd/h1-peer, etcd/h1-server: it does not exist yet",
    "h1: new, generation 1",
    "  images haproxy:3.2-alpine and quay.io/coreos/etcd:v3.6.16, 6 files, 2 new containers: etcd, api-load-balancer-main",
    "h2, h3: new, generation 1",
    "  images haproxy:3.2-alpine and nginx:1.29, 2 files, 2 new containers: api-load-balancer-main, web",
    "cluster demo: 3 hosts, 3 changed",
  ]);
});

test("a first split of Kubernetes is told in a dozen lines", async () => {
  const { stdout } = await fakeMachine(kubernetesCluster).run("split");

  assert.match(
    stdout,
    /^h1, h2, h3: new, generation 1\n {2}[0-9]+ images, [0-9]+ files, [0-9]+ new containers: etcd, /m,
  );
  assert.match(stdout, /^pki etcd\/ca, front-proxy\/ca, kubernetes\/ca, .* and [0-9]+ more: it does not exist yet$/m);
  assert.ok(stdout.split("\n").length < 12, stdout);
});

test("a host whose agent has nothing to do is told with what of its config changed", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.put("cluster.yaml", `${smallCluster}agent: { interval: 30s }\n`);

  const { stdout } = await machine.run("diff");

  assert.match(stdout, /^h1, h2, h3: changed, generation 1 to 2\n {2}nothing to do\n {2}config: agent\.interval$/m);
});

test("--verbose says every step that the agent of an empty host will do, and every key", async () => {
  const { stdout } = await fakeMachine(smallCluster).run("split", "-v");

  assert.match(stdout, /^pki etcd\/h1-peer: it does not exist yet$/m);
  assert.match(stdout, /^h1: new, generation 1\n {2}fetch image haproxy:3.2-alpine/m);
  assert.match(stdout, /create etcd-h1 from quay.io\/coreos\/etcd:v3.6.16 start=new/);
  assert.match(stdout, /wait until etcd-h1 is healthy, at most 120s/);
});

test("the steps of the first ten hosts alone are told, and groups of the first fifty, unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 52 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}`;

  const groups = await fakeMachine(config).run("split");
  const steps = await fakeMachine(config).run("split", "--verbose");
  const all = await fakeMachine(config).run("split", "--verbose", "--all");

  assert.match(groups.stdout, /^n0, n1, n2, n3, n4, n5, n6, n7 and 42 more: new, generation 1$/m);
  assert.match(groups.stdout, /^and 2 more hosts, n50 to n51; --all shows them$/m);
  assert.match(steps.stdout, /^and 42 more hosts, n10 to n51; --all shows them$/m);
  assert.match(all.stdout, /^n51: new/m);
});

test("only the first keys and certificates are named unless --all asks for every one", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) => `  n${index}: { address: 10.1.0.${index} }\n`).join("");
  const config = `apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n${hosts}etcd: { hosts: all }\n`;

  const some = await fakeMachine(config).run("split", "-v");
  const all = await fakeMachine(config).run("split", "-v", "--all");

  assert.equal(some.stdout.match(/^pki /gm)?.length, 60);
  assert.match(some.stdout, /^and 21 more keys and certificates; --all shows them$/m);
  assert.equal(all.stdout.match(/^pki /gm)?.length, 81);
});

test("diff writes nothing, exits 2 and, in full, shows secrets as digests only", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");
  machine.writes.length = 0;
  machine.put(
    "cluster.yaml",
    smallCluster.replace("correct horse", "battery staple").replace("nginx:1.29", "nginx:1.30"),
  );

  const short = await machine.run("diff");
  const { code, stdout, stderr } = await machine.run("diff", "-v");

  assert.deepEqual([code, short.code], [2, 2]);
  assert.deepEqual(machine.writes, []);
  assert.match(short.stdout, /^ {2}config: containers\.web\.image\n {2}secrets: web-token$/m);
  assert.match(stdout, /^ {4}- {5}image: nginx:1.29\n {4}\+ {5}image: nginx:1.30$/m);
  assert.match(stdout, /^ {4}! secret web-token [0-9a-f]{12} to [0-9a-f]{12}$/m);
  assert.doesNotMatch(short.stdout + short.stderr + stdout + stderr, /battery|horse|PRIVATE/);
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
    await machine.run("diff", "-v"),
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
