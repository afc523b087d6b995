// status: from a split and the reports that agents print to a table, findings and an exit code, with no network at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { provenReport } from "#agent/cli/proven-report.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { acknowledgementText } from "#shared/acknowledgement/acknowledgement.ts";
import { reportKey } from "#shared/acknowledgement/report-proof.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

const hosts = ["h1", "h2", "h3"];

async function splitMachine(): Promise<FakeMachine> {
  const machine = fakeMachine(kubernetesCluster, { tickMs: 10_000 });
  assert.equal((await machine.run("split")).code, 0);
  machine.writes.length = 0;
  return machine;
}

/** As the agent of the host prints it, with the host config that the last split made. */
function carry(machine: FakeMachine, host: string, changes: object = {}): void {
  const report = buildReport({ host, generation: 1, components: [buildComponent()], ...changes });
  machine.put(`reports/${host}.json`, `${JSON.stringify(provenReport(report, machine.text(`hosts/${host}.yaml`)))}\n`);
}

test("reports of all hosts give a table without findings, and what was seen is remembered once", async () => {
  const machine = await splitMachine();
  for (const host of hosts) carry(machine, host);

  const { code, stdout, stderr } = await machine.run("status", "--from", "reports", "--exit-code");

  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^HOST {2}GEN {2}RESULT .*\nh1 {4}1\/1 {2}settled {2}ok .*\nh2 .*\nh3 .*\n\n3 of 3 hosts as they should be, 0 findings\n$/,
  );
  assert.deepEqual(machine.writes, ["temporary pki/.reports.json.tmp", "rename pki/reports.json"]);
  assert.equal((await machine.run("status", "--from", "reports")).code, 0);
  assert.equal(machine.writes.length, 2);
});

test("--html writes the same as a page, whatever it finds", async () => {
  const machine = await splitMachine();
  carry(machine, "h1");

  const { code, stdout } = await machine.run("status", "--from", "reports", "--html", "fleet.html", "--exit-code");

  assert.equal(code, 2);
  const page = machine.text("fleet.html") ?? "";
  assert.match(page, /^<!doctype html>[^]*1 of 3 hosts as they should be[^]*<\/html>\n$/);
  assert.ok(page.includes(stdout.replaceAll("'", "&#39;")));
  assert.doesNotMatch(page, /PRIVATE KEY|hash-key/);
});

test("--html replaces a page, and no other file", async () => {
  const machine = await splitMachine();
  carry(machine, "h1");
  const config = machine.text("cluster.yaml");

  const { code, stderr, stdout } = await machine.run("status", "--from", "reports", "--html", "cluster.yaml");

  assert.deepEqual([code, stdout, machine.text("cluster.yaml")], [64, "", config]);
  assert.match(stderr, /^flexkube-planner: cluster\.yaml: another file is there; only a page is replaced/);
  for (const _ of ["once", "again"])
    assert.equal((await machine.run("status", "--from", "reports", "--html", "fleet.html")).code, 0);
});

test("findings end with 2 only where that is asked for", async () => {
  const machine = await splitMachine();
  for (const host of ["h1", "h2"]) carry(machine, host);

  assert.equal((await machine.run("status", "--from", "reports")).code, 0);
  const { code, stdout } = await machine.run("status", "--from", "reports", "--exit-code", "--json");
  assert.equal(code, 2);
  assert.deepEqual((JSON.parse(stdout) as { readonly findings: unknown }).findings, [
    {
      code: "no-report",
      host: "h3",
      problem: "no report of it",
      hint: "on h3: docker exec flexkube-agent flexkube-agent status --json",
    },
  ]);
});

test("after a split every host is behind until its report is of the new host config; the old report is then a replay", async () => {
  const machine = await splitMachine();
  for (const host of hosts) carry(machine, host);
  await machine.run("status", "--from", "reports");
  const old = machine.text("reports/h1.json") ?? "";
  machine.put("cluster.yaml", `${kubernetesCluster}containers:\n  web: { hosts: all, image: "nginx:1.29" }\n`);
  assert.equal((await machine.run("split")).code, 0);

  assert.match(
    (await machine.run("status", "--from", "reports")).stdout,
    /h1: it has generation 1 of 2\n[^]*3 findings/,
  );
  for (const host of hosts) carry(machine, host, { generation: 2 });
  assert.match((await machine.run("status", "--from", "reports")).stdout, / 0 findings/);
  machine.put("reports/h1.json", old);
  assert.match(
    (await machine.run("status", "--from", "reports")).stdout,
    /h1: an old report: it is of generation 1, and one of generation 2 was here before\n/,
  );
});

test("waits until all is well, saying once for what, or until the time is over", async () => {
  const machine = await splitMachine();
  for (const host of ["h1", "h2"]) carry(machine, host);

  const over = await machine.run("status", "--from", "reports", "--wait", "1m");

  assert.deepEqual([over.code, over.stderr], [2, "waiting: h3: no report of it\n"]);
  carry(machine, "h3");
  assert.equal((await machine.run("status", "--from", "reports", "--wait", "1m")).code, 0);
});

test("who waits while somebody splits waits for what was split last", async () => {
  const machine = await splitMachine();
  await machine.run("kubeconfig", "--out", "admin.kubeconfig");
  carry(machine, "h1");
  let asked = 0;
  machine.serve(async () => {
    asked += 1;
    if (asked === 2) {
      assert.equal((await machine.run("certificates", "--renew", "etcd/h1-peer")).code, 0);
      assert.equal((await machine.run("split")).code, 0);
      carry(machine, "h1", { generation: 2 });
      for (const host of ["h2", "h3"]) carry(machine, host, { generation: machine.hosts()[host]?.generation });
    }
    return Promise.resolve({ status: 200, body: '{"metadata":{},"items":[]}' });
  });

  const { code, stdout } = await machine.run(
    "status",
    "--from",
    "reports",
    "--kubeconfig",
    "admin.kubeconfig",
    "--wait",
    "5m",
  );

  assert.equal(code, 0, stdout);
  assert.match(stdout, /\nh1 +2\/2 /);
});

test("files that are no reports are findings, and hidden ones are not looked at", async () => {
  const machine = await splitMachine();
  for (const host of hosts) carry(machine, host);
  machine.put("reports/.hidden", "not looked at");
  machine.put("reports/notes.txt", "call Anna");
  machine.put("reports/large.json", " ".repeat(5 * 1024 * 1024));

  const { stdout } = await machine.run("status", "--from", "reports");

  assert.match(stdout, /\nlarge.json: is no report: it is larger than 4 MiB\n/);
  assert.match(stdout, /\nnotes.txt: is no report: it is not what flexkube-agent status --json prints\n/);
  assert.match(stdout, /\n3 of 3 hosts as they should be, 2 findings\n/);
});

/** An API with these Nodes, a page each; what was asked of it. */
function api(machine: FakeMachine, words: Readonly<Record<string, string>>): string[] {
  const asked: string[] = [];
  const names = Object.keys(words);
  machine.serve(async ({ server }, { method, path }) => {
    asked.push(`${method} ${server}${path}`);
    const page = Number(new URL(path, server).searchParams.get("continue") ?? 0);
    const name = names[page] ?? "";
    const node = {
      metadata: { name, annotations: { "flexkube.io/delivered": words[name] } },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    };
    const metadata = page + 1 < names.length ? { continue: String(page + 1) } : {};
    return Promise.resolve({ status: 200, body: JSON.stringify({ metadata, items: [node] }) });
  });
  return asked;
}

function word(machine: FakeMachine, host: string): string {
  const text = machine.text(`hosts/${host}.yaml`) ?? "";
  const told = { generation: 1, outcome: "applied", agent: "0.1.0", etcd: "v3.6.16", kubernetes: "v1.36.3" } as const;
  return acknowledgementText(told, reportKey(text, machine.hosts()[host]?.secrets["hash-key"] ?? ""));
}

test("the cluster's Nodes give the same table, asked with the kubeconfig that the planner makes", async () => {
  const machine = await splitMachine();
  await machine.run("kubeconfig", "--out", "admin.kubeconfig");
  const asked = api(machine, Object.fromEntries(hosts.map((host) => [host, word(machine, host)])));

  const { code, stdout, stderr } = await machine.run("status", "--kubeconfig", "admin.kubeconfig", "--exit-code");

  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /\nh1 +1\/1 +applied +v3.6.16 +- +Ready +- +0.1.0 +-\n[^]*\n3 of 3 hosts as they should be, 0 findings\n$/,
  );
  assert.deepEqual(asked, [
    "GET https://10.77.0.11:6443/api/v1/nodes?limit=100",
    "GET https://10.77.0.11:6443/api/v1/nodes?limit=100&continue=1",
    "GET https://10.77.0.11:6443/api/v1/nodes?limit=100&continue=2",
  ]);
});

test("a host that the cluster does not tell of is told by its report", async () => {
  const machine = await splitMachine();
  await machine.run("kubeconfig", "--out", "admin.kubeconfig");
  api(machine, { h1: word(machine, "h1"), h2: word(machine, "h1") });
  carry(machine, "h3");

  const { stdout } = await machine.run("status", "--kubeconfig", "admin.kubeconfig", "--from", "reports");

  assert.match(stdout, /\nh3 +1\/1 +settled /);
  assert.match(
    stdout,
    /\nh2: what stands at its node is not of its agent, or of another host config\n[^]*\n2 of 3 hosts/,
  );
});

test("an API that is away is asked again while there is time, and one that refuses is told", async () => {
  const machine = await splitMachine();
  await machine.run("kubeconfig", "--out", "admin.kubeconfig");

  const away = await machine.run("status", "--kubeconfig", "admin.kubeconfig", "--wait", "1m");
  assert.equal(away.code, 69);
  assert.match(away.stderr, /^waiting: the Kubernetes API does not answer: nothing listens there\nflexkube-planner: /);
  machine.serve(async () => Promise.resolve({ status: 403, body: '{"message":"nodes is forbidden"}' }));
  const refused = await machine.run("status", "--kubeconfig", "admin.kubeconfig");
  assert.equal(refused.code, 69);
  assert.match(refused.stderr, /nodes is forbidden/);
});

for (const [what, change, reason] of [
  ["a cut key", /(client-key-data: .{40}).*/, /the client-key of its current context cannot be read: it is cut/],
  ["a cut certificate", /(client-certificate-data: .{40}).*/, /the client-certificate of .* cannot be read/],
  ["a cut CA", /(certificate-authority-data: .{40}).*/, /the certificate-authority of .* cannot be read/],
  ["a port that is none", /(server: https:\S+:)\d+/, /no server such as/],
] as const)
  test(`a kubeconfig with ${what} is refused before the API is asked`, async () => {
    const machine = fakeMachine(kubernetesCluster);
    await machine.run("split");
    await machine.run("kubeconfig", "--out", "admin");
    machine.put(
      "admin",
      (machine.text("admin") ?? "").replace(change, (_, kept: string) => `${kept}99999`),
    );

    const found = await machine.run("status", "--kubeconfig", "admin", "--wait", "1m");

    assert.equal(found.code, 64, found.stderr);
    assert.match(found.stderr, reason);
  });

for (const [what, text, reason] of [
  ["nothing", "", /no server such as/],
  ["no document", "a: [", /no server such as/],
  [
    "a token in place of a certificate",
    "current-context: a\ncontexts: [{ name: a, context: { cluster: c, user: u } }]\nclusters: [{ name: c, cluster: { server: https://10.0.0.1:6443, certificate-authority-data: YQ== } }]\nusers: [{ name: u, user: { token: t } }]\n",
    /no client-certificate-data; flexkube-planner kubeconfig makes one/,
  ],
] as const)
  test(`a kubeconfig with ${what} is refused`, async () => {
    const machine = await splitMachine();
    machine.put("other.kubeconfig", text);

    const found = await machine.run("status", "--kubeconfig", "other.kubeconfig");

    assert.equal(found.code, 64);
    assert.match(found.stderr, reason);
  });

for (const [what, args, code, text] of [
  ["without --from", [], 64, /--from: the directory of reports is missing/],
  ["a wrong duration", ["--from", "reports", "--wait", "soon"], 64, /--wait: not a duration/],
  ["no such directory", ["--from", "nowhere"], 73, /nowhere/],
  ["no such kubeconfig", ["--kubeconfig", "nowhere"], 73, /nowhere/],
] as const)
  test(`refused: ${what}`, async () => {
    const machine = await splitMachine();

    const found = await machine.run("status", ...args);

    assert.equal(found.code, code);
    assert.match(found.stderr, text);
  });

test("before the first split there is nothing to compare with, and a lost state is asked for", async () => {
  const machine = fakeMachine(kubernetesCluster);
  carry(machine, "h1");

  const { code, stderr } = await machine.run("status", "--from", "reports");

  assert.equal(code, 65);
  assert.match(stderr, /run flexkube-planner split first; it finds a lost state again in the host configs/);
});
