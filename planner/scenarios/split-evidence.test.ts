// split with evidence: what hosts have proven is said for the operator, and what they have not is asked for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { provenReport } from "#agent/cli/proven-report.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import type { Report } from "#agent/report/report.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster, threeHosts } from "#planner/testing/kubernetes-cluster.ts";

const hosts = ["h1", "h2", "h3"];

async function splitMachine(config: string): Promise<FakeMachine> {
  const machine = fakeMachine(config);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

/** As its agent prints it; the host config is the one that is there now. */
function reportText(machine: FakeMachine, host: string, changes: Partial<Report> = {}): string {
  const generation = machine.hosts()[host]?.generation;
  const report = buildReport({ host, generation, components: [buildComponent()], ...changes });
  return JSON.stringify(provenReport(report, machine.text(`hosts/${host}.yaml`)));
}

function carryAll(machine: FakeMachine, changes: Partial<Report> = {}): void {
  for (const host of hosts) machine.put(`reports/${host}.json`, reportText(machine, host, changes));
}

const etcdOnly = `${threeHosts}etcd: { hosts: all, version: 3.6.16 }\n`;
const founds = (machine: FakeMachine): readonly unknown[] =>
  Object.values(machine.hosts()).map(({ etcd }) => etcd?.bootstrap);

test("where all that must be up is proven to be, nobody has to say so, and it is said once", async () => {
  const machine = await splitMachine(etcdOnly);
  carryAll(machine);

  const { code, stderr } = await machine.run("split", "--from", "reports");

  assert.equal(code, 0);
  assert.match(stderr, /^the cluster is proven to be up: this is a split --bootstrapped$/m);
  assert.deepEqual(founds(machine), [false, false, false]);
  carryAll(machine);
  assert.doesNotMatch((await machine.run("split", "--from", "reports")).stderr, /up/);
});

for (const [what, replace, told] of [
  [
    "a host has said nothing",
    (machine: FakeMachine) => void machine.files.delete("reports/h3.json"),
    "no report of it",
  ],
  [
    "a host is at work",
    (machine: FakeMachine) => machine.put("reports/h3.json", reportText(machine, "h3", { result: "working" })),
    "under way: its first tick",
  ],
  [
    "a report was changed",
    (machine: FakeMachine) =>
      machine.put("reports/h3.json", reportText(machine, "h3", { result: "failed" }).replace('"failed"', '"settled"')),
    "its report was changed, or is another host's",
  ],
  [
    "a report is another host's",
    (machine: FakeMachine) => machine.put("reports/h3.json", reportText(machine, "h2")),
    "no report of it",
  ],
  [
    "a report is of another cluster",
    (machine: FakeMachine) => machine.put("reports/h3.json", reportText(machine, "h3", { cluster: "other" })),
    "no report of it",
  ],
  [
    "a report is an old one",
    (machine: FakeMachine) => {
      const hostsSeen = { h3: { generation: 1, writtenAt: Date.parse("2026-01-01T00:00:00Z") } };
      machine.put("pki/reports.json", JSON.stringify({ version: 1, hosts: hostsSeen }));
      machine.put("reports/h3.json", reportText(machine, "h3", { writtenAt: "2025-12-31T00:00:00.000Z" }));
    },
    "an old report: it was written before one that was here before",
  ],
] as const)
  test(`nothing is taken for up while ${what}, and what is missing is told`, async () => {
    const machine = await splitMachine(etcdOnly);
    carryAll(machine);
    replace(machine);

    const { code, stderr } = await machine.run("split", "--from", "reports");

    assert.equal(code, 0);
    assert.ok(stderr.includes(`the cluster is not taken for up yet: h3: ${told}\n`), stderr);
    assert.deepEqual(founds(machine), [true, true, true]);
  });

const apiServer = (version: string): Partial<Report> => ({
  components: [buildComponent({ component: "kube-apiserver", image: `registry.k8s.io/kube-apiserver:v${version}` })],
});
const at = (version: string): string => kubernetesCluster.replace("1.36.3", version);

test("a further minor version of Kubernetes is taken without a warning once all run the one before", async () => {
  const machine = await splitMachine(at("1.35.4"));
  carryAll(machine, apiServer("1.35.4"));
  machine.put("cluster.yaml", at("1.36.3"));

  const { code, stderr } = await machine.run("split", "--from", "reports");

  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /nothing proves/);
});

test("a further minor version of Kubernetes is refused while a host runs an older one, unless it is forced", async () => {
  const machine = await splitMachine(at("1.35.4"));
  carryAll(machine, apiServer("1.35.4"));
  machine.put("reports/h2.json", reportText(machine, "h2", apiServer("1.34.8")));
  machine.put("cluster.yaml", at("1.36.3"));
  machine.writes.length = 0;

  const { code, stderr } = await machine.run("split", "--from", "reports");

  assert.equal(code, 65);
  assert.match(
    stderr,
    /kubernetes.version: h2 is not proven to be ready for it: it still runs kubernetes v1.34.8 \(wait until 1.35 runs there/,
  );
  assert.deepEqual(
    machine.writes.filter((write) => !write.includes("reports.json")),
    [],
  );
  assert.equal((await machine.run("split", "--from", "reports", "--force-version")).code, 0);
});

test("a further minor version of etcd is refused while a member runs an older one", async () => {
  const machine = await splitMachine(etcdOnly);
  carryAll(machine);
  assert.equal((await machine.run("split", "--from", "reports")).code, 0);
  const member = (image: string): Partial<Report> => ({ components: [buildComponent({ image })] });
  carryAll(machine, member("quay.io/coreos/etcd:v3.6.16"));
  machine.put("reports/h3.json", reportText(machine, "h3", member("quay.io/coreos/etcd:v3.5.26")));
  machine.put("cluster.yaml", etcdOnly.replace("3.6.16", "3.7.3"));

  const refused = await machine.run("split", "--from", "reports");
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /etcd: h3 is not proven to be ready for it: it still runs etcd v3.5.26/);
  machine.put("reports/h3.json", reportText(machine, "h3", member("quay.io/coreos/etcd:v3.6.16")));
  assert.equal((await machine.run("split", "--from", "reports")).code, 0);
});

test("a state that was lost is asked for before evidence is looked at; a split brings it back, and what was proven counts again", async () => {
  const machine = await splitMachine(etcdOnly);
  carryAll(machine);
  const files = hosts.map((host) => machine.text(`hosts/${host}.yaml`));
  machine.pki.delete("pki/state.yaml");
  machine.files.delete("pki/state.yaml");
  machine.writes.length = 0;

  for (const args of [["split"], ["diff"], ["status"], ["split", "--bootstrapped"]]) {
    const { code, stderr } = await machine.run(...args, "--from", "reports");
    assert.equal(code, 65, args.join(" "));
    assert.match(stderr, /state is not there.*run flexkube-planner split first; it finds a lost state again/);
  }
  assert.deepEqual([machine.writes, founds(machine)], [[], [true, true, true]]);

  assert.equal((await machine.run("split")).code, 0);
  assert.deepEqual(
    hosts.map((host) => machine.text(`hosts/${host}.yaml`)),
    files,
  );
  assert.match((await machine.run("status", "--from", "reports")).stdout, /3 of 3 hosts as they should be, 0 findings/);
  assert.match((await machine.run("split", "--from", "reports")).stderr, /proven to be up/);
  assert.deepEqual(founds(machine), [false, false, false]);
});

test("with a lost state no version is skipped and nothing is founded again, whatever reports say", async () => {
  const machine = await splitMachine(at("1.35.4"));
  carryAll(machine, apiServer("1.35.4"));
  assert.equal((await machine.run("split", "--from", "reports")).code, 0);
  machine.pki.delete("pki/state.yaml");
  machine.files.delete("pki/state.yaml");
  machine.put("cluster.yaml", at("1.37.2"));

  const skipped = await machine.run("split");

  assert.equal(skipped.code, 65);
  assert.match(skipped.stderr, /kubernetes\.version: the cluster was split with 1\.35; /);
  for (const path of machine.files.keys()) if (path.startsWith("hosts/")) machine.files.delete(path);
  const both = await machine.run("split", "--from", "reports");
  assert.equal(both.code, 65);
  const alone = await machine.run("split");
  assert.equal(alone.code, 65);
  assert.match(alone.stderr, /generation 1 again and found etcd anew/);
});

test("diff looks by the same evidence and writes nothing; a new cluster has none", async () => {
  const machine = await splitMachine(etcdOnly);
  carryAll(machine);
  machine.writes.length = 0;

  const { code, stderr } = await machine.run("diff", "--from", "reports");

  assert.equal(code, 2);
  assert.match(stderr, /proven to be up/);
  assert.deepEqual(machine.writes, []);
  assert.equal((await machine.run("split", "--new-cluster", "--from", "reports")).code, 64);
});
