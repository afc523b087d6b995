// The other commands of the planner, help, exit codes, progress and the lock between runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "#shared/document/format-problem.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { commands } from "#planner/cli/help.ts";
import { starterConfig } from "#planner/cli/starter-config.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { packedChart } from "#planner/testing/packed-chart.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

test("init writes a config that validates and splits as it is, and keeps one that is there", async () => {
  const machine = fakeMachine("");
  machine.files.delete("cluster.yaml");

  assert.equal((await machine.run("init")).code, 0);
  assert.equal(machine.text("cluster.yaml"), starterConfig);
  assert.equal((await machine.run("validate")).code, 0);
  assert.equal((await machine.run("split")).code, 0);
  const again = await machine.run("init");
  assert.equal(again.code, 64);
  assert.match(again.stderr, /cluster.yaml: the file exists; --force overwrites it/);
  assert.equal((await machine.run("init", "--force")).code, 0);
});

test("schema prints what an editor needs, and the first line that init writes names it", async () => {
  const machine = fakeMachine(smallCluster);
  for (const [kind, title] of [
    [[], "Cluster"],
    [["cluster"], "Cluster"],
    [["host"], "Host"],
  ] as const) {
    const { code, stdout } = await machine.run("schema", ...kind);
    assert.equal(code, 0);
    const { properties } = JSON.parse(stdout) as {
      readonly properties: Readonly<Record<string, { readonly const?: string; readonly description?: string }>>;
    };
    assert.equal(properties["kind"]?.const, title);
    assert.ok(Object.values(properties).every(({ description = "" }) => description !== ""));
  }
  assert.match(starterConfig, /^# yaml-language-server: \$schema=cluster\.schema\.json\n/);
  const wrong = await machine.run("schema", "clutser");
  assert.equal(wrong.code, 64);
  assert.match(
    wrong.stderr,
    /clutser: neither a kind of document nor a command that prints data \(did you mean cluster\?\)/,
  );
  assert.equal((await machine.run("schema", "host", "more")).code, 64);
});

test("init makes no directory, and says which one is not there", async () => {
  const machine = fakeMachine("");

  const { code, stderr } = await machine.run("init", "/no/such/x.yaml");

  assert.equal(code, 73);
  assert.equal(
    stderr,
    "flexkube-planner: make the directory of the file first: /no/such: there is no such file or directory (ENOENT)\n",
  );
  assert.deepEqual(machine.writes, ["temporary /no/such/.x.yaml.tmp"]);
});

test("the comments of the starter are valid config too", async () => {
  const uncommented = starterConfig
    .replaceAll(/^# (?=[a-z]\w*:$|  )/gm, "")
    .replaceAll(/^( {2}| {4})# (?=[a-z]\w*: \S|[a-z]\w*:$|  )/gm, "$1");
  const machine = fakeMachine(uncommented);
  machine.put("web-token.txt", "token");
  machine.put("app.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app }\n");
  machine.files.set("web-1.0.0.tgz", { bytes: packedChart(), mode: 0o600 });

  const { code, stderr } = await machine.run("split");

  // the addresses are to be replaced, and that is said
  assert.match(stderr, /^warning: [^\n]*192\.0\.2\.11 is an address for examples in documentation[^\n]*\n$/);
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(machine.hosts()["h2"]?.containers ?? {}), ["web"]);
  assert.deepEqual(Object.keys(machine.hosts()["h2"]?.apiLoadBalancers ?? {}), ["kubernetes", "main"]);
  assert.equal(machine.hosts()["h2"]?.kubelet?.config["maxPods"], 200);
  assert.deepEqual(Object.keys(machine.hosts()["h1"]?.clusterObjects?.releases ?? {}), ["web"]);
  assert.equal(machine.hosts()["h1"]?.etcd?.dataDirectory, "/mnt/fast/etcd");
  assert.equal(machine.hosts()["h1"]?.agent.imageDirectory, "/var/lib/images");
});

test("usage errors exit 64 and say what was wrong", async () => {
  const machine = fakeMachine(smallCluster);
  const said = async (...args: readonly string[]) => {
    const { code, stderr } = await machine.run(...args);
    return [code, stderr.split("\n")[0]];
  };

  assert.deepEqual(await said("splt"), [64, "flexkube-planner: splt: unknown command (did you mean split?)"]);
  assert.deepEqual(await said("split", "a", "b"), [64, "flexkube-planner: b: one argument too many"]);
  assert.deepEqual(await said("validate", "--pki", "x"), [64, "flexkube-planner: --pki: not an option of validate"]);
  assert.equal((await said("split", "--nope"))[0], 64);
});

test("help and version are asked beside a command without running it, in whatever form its data would have", async () => {
  const machine = fakeMachine(smallCluster);

  for (const args of [
    ["split", "--help", "-o", "yaml"],
    ["help", "split", "-o", "yaml"],
  ]) {
    const { code, stdout } = await machine.run(...args);
    assert.deepEqual([code, stdout.startsWith("usage: flexkube-planner split")], [0, true]);
  }
  for (const args of [
    ["--version", "split"],
    ["split", "--version"],
  ]) {
    const { code, stdout } = await machine.run(...args);
    assert.deepEqual([code, stdout.startsWith("flexkube-planner ")], [0, true]);
  }
  assert.deepEqual(machine.writes, []);
});

test("of two values where one can hold, none is taken", async () => {
  const machine = fakeMachine(smallCluster);

  for (const args of [
    ["status", "--from", "a", "--from", "b"],
    ["certificates", "--renew=etcd/h1-peer", "--renew", "etcd/h2-peer"],
    ["validate", "-o", "json", "--output", "yaml"],
  ]) {
    const { code, stderr } = await machine.run(...args);
    assert.equal(code, 64);
    assert.match(stderr, /^flexkube-planner: --(?:from|renew|output): given twice, and only one value can hold\n/);
  }
});

test("every command has help", async () => {
  const machine = fakeMachine(smallCluster);

  for (const command of commands) {
    const { stdout } = await machine.run(command, "--help");
    assert.match(stdout, new RegExp(`^usage: flexkube-planner ${command}`));
    assert.equal((await machine.run("help", command)).stdout, stdout);
  }
  assert.match((await machine.run("--help")).stdout, /^usage: flexkube-planner COMMAND/);
  assert.match((await machine.run("help")).stdout, /^usage: flexkube-planner COMMAND/);
  assert.equal((await machine.run("help", "splt")).code, 64);
  assert.match((await machine.run("version")).stdout, /^flexkube-planner \d+\.\d+\.\d+\n$/);
});

test("long work tells how far it is, on standard error", async () => {
  const { stderr } = await fakeMachine(smallCluster, { tickMs: 1500 }).run("split");

  assert.match(stderr, /^checked 2\/3 hosts$/m);
  assert.match(stderr, /^split \d\/3 hosts$/m);
});

test("a missing cluster config is told with the file's name and exits 65", async () => {
  const machine = fakeMachine("");
  machine.files.clear();

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 65);
  assert.equal(stderr, "flexkube-planner: the cluster config cannot be read: cluster.yaml: does not exist\n");
});

test("a host config in place of the cluster config is told by one line, and so is the other way round", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");

  const { code, stderr } = await machine.run("validate", "hosts/h1.yaml");
  const host = parseHostConfig(smallCluster, "host.yaml");

  assert.equal(code, 65);
  assert.match(
    stderr,
    /^hosts\/h1\.yaml:3:7: kind: this is a host config, not a cluster config \(give the cluster config [^\n]*\)\n$/,
  );
  assert.deepEqual(host.ok ? [] : host.problems.map(formatProblem), [
    "host.yaml:2:7: kind: this is a cluster config, not a host config (deliver hosts/<name>.yaml, which flexkube-planner split makes of it)",
  ]);
});

test("a cluster config that is no UTF-8 is told with the place of the first such byte", async () => {
  const machine = fakeMachine("");
  const bytes = Buffer.concat([Buffer.from("kind: Cluster\nname: m"), Buffer.from([0xfc]), Buffer.from("ller\n")]);
  machine.files.set("cluster.yaml", { bytes, mode: 0o600 });

  const { code, stderr } = await machine.run("validate");

  assert.equal(code, 65);
  assert.equal(stderr, "cluster.yaml:2:8: it is not UTF-8 text\n");
});

test("host configs have a directory of their own, where none replaces the state or the cluster config", async () => {
  for (const [name, ...args] of [
    ["state", "--out", "pki"],
    ["h1", "--out", "./pki/"],
    ["cluster", "--out", "."],
  ] as const) {
    const machine = fakeMachine(smallCluster.replaceAll("h1", name));
    const { code, stderr } = await machine.run("split", ...args);
    assert.deepEqual([code, machine.writes], [64, []]);
    assert.match(
      stderr,
      /host configs need a directory of their own|would replace cluster\.yaml: name another directory/,
    );
  }
});

test("a split beside another one ends with 75 and writes nothing; validate and diff need no lock", async () => {
  const machine = fakeMachine(smallCluster);
  machine.locks.add("pki");

  const codes = [await machine.run("split"), await machine.run("validate"), await machine.run("diff")];

  assert.deepEqual(
    codes.map(({ code }) => code),
    [75, 0, 2],
  );
  assert.deepEqual(machine.writes, []);
});

test("a split gives its lock back, also when it fails", async () => {
  const machine = fakeMachine(smallCluster.replace("hosts: h1", "hosts: h9"));

  const { code } = await machine.run("split");

  assert.equal(code, 65);
  assert.equal(machine.locks.size, 0);
});
