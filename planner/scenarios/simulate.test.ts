// What `simulate` says is to come, and that it changes nothing.
import { dayMs } from "#shared/duration.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { testNow } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { machineAfter } from "#planner/testing/machine-after.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const short = `${smallCluster}pki: { validity: 240h }\n`;

type Told = {
  readonly delivery: boolean;
  readonly days: readonly {
    readonly day: string;
    readonly renewed: readonly { readonly name: string; readonly host?: string; readonly ends: string }[];
    readonly ended: readonly {
      readonly name: string;
      readonly host?: string;
      readonly at: string;
      readonly usedBy: string[];
    }[];
    readonly hosts: readonly { readonly host: string; readonly restarts: string[]; readonly plan: string[] }[];
    readonly refused?: string;
  }[];
  readonly renewedByKubelets: readonly string[];
};

async function told(machine: FakeMachine, ...args: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await machine.run("simulate", "--json", ...args);
  assert.deepEqual([code, stderr], [0, ""]);
  // our own output
  return JSON.parse(stdout) as Told;
}

test("with delivery nothing ends: each day is told with what is renewed and what its host restarts", async () => {
  const machine = await machineAfter(short, ["split"]);

  const { stdout } = await machine.run("simulate", "--at", "+9d");

  assert.equal(
    stdout,
    `2026-01-05
  h1:
    split and delivery renew etcd/peer, etcd/server (half of its life is over),
        until 2026-01-15
      its agent: 4 files of etcd
`,
  );
});

test("without delivery certificates end with who has them, and nothing is renewed", async () => {
  const machine = await machineAfter(short, ["split"]);

  const { stdout } = await machine.run("simulate", "--at", "+20d", "--without-delivery");
  const { days } = await told(machine, "--at", "+20d", "--without-delivery");

  assert.equal(
    stdout,
    `2026-01-11
  h1:
    ENDS: etcd/peer, of etcd
    ENDS: etcd/server, of etcd
# as long as nobody splits and delivers
# 2 end by 2026-01-21, the first on 2026-01-11
`,
  );
  assert.deepEqual(
    days.flatMap(({ ended, renewed }) => [...ended, ...renewed]),
    ["etcd/h1-peer", "etcd/h1-server"].map((name) => ({
      name,
      host: "h1",
      ends: "2026-01-11T00:00:00Z",
      usedBy: ["etcd-h1"],
    })),
  );
});

test("it writes nothing, and says the same again", async () => {
  const machine = await machineAfter(short, ["split"]);
  const writes = machine.writes.length;
  const [files, pki] = [new Map(machine.files), new Map(machine.pki)];

  const first = await told(machine, "--at", "+60d");
  const second = await told(machine, "--at", "+60d");

  assert.deepEqual(second, first);
  assert.ok(first.days.length > 5);
  assert.deepEqual([machine.writes.length, machine.files, machine.pki], [writes, files, pki]);
});

test("a new cluster has nothing to do for a year, and everything of Kubernetes in one day", async () => {
  const machine = await machineAfter(kubernetesCluster, ["split"]);

  const quiet = await machine.run("simulate", "--at", "+364d");
  const { days, renewedByKubelets } = await told(machine, "--at", "+400d");

  assert.match(quiet.stdout, /^nothing ends and nothing is renewed until 2026-12-31\n# kubelets renew by themselves/);
  const { stdout } = await machine.run("simulate", "--at", "+400d");
  for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
  assert.match(
    stdout.replaceAll(/\n {8}/g, " "),
    /^ {4}split and delivery renew etcd\/peer, .* kubernetes\/scheduler \(half/m,
  );
  assert.deepEqual(renewedByKubelets, ["h1", "h2", "h3"]);
  assert.deepEqual(
    days.map(({ day }) => day),
    ["2026-12-31"],
  );
  const [first] = days;
  const ofH1 = first?.renewed.filter(({ host }) => host === "h1").map(({ name }) => name) ?? [];
  assert.ok(ofH1.includes("kubernetes/hosts/h1/apiserver") && ofH1.includes("etcd/h1-server"), ofH1.join(" "));
  // all of these are read anew by what has them
  assert.deepEqual(
    first?.hosts.map(({ host, restarts, plan }) => [host, restarts, plan]),
    ["h1", "h2", "h3"].map((host) => [
      host,
      [],
      ["22 files of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy"],
    ]),
  );
});

test("a CA's end is told, what it has signed ends with it, and no split is possible afterwards", async () => {
  const machine = await machineAfter(`${smallCluster}pki: { validity: 240h, caValidity: 480h }\n`, ["split"]);

  const { days } = await told(machine, "--at", "+40d");

  const all = days.flatMap(({ day, ended }) => ended.map(({ name, host }) => `${day} ${name} ${host ?? "-"}`));
  assert.deepEqual(all, ["2026-01-21 etcd/ca -", "2026-01-21 etcd/h1-peer h1", "2026-01-21 etcd/h1-server h1"]);
});

test("what has ended already ends today, and what is due is renewed today", async () => {
  const machine = await machineAfter(short, ["split"]);
  machine.at(testNow + 12 * dayMs);

  const { days } = await told(machine, "--at", "+1d");

  assert.deepEqual(
    days.map(({ day, ended, renewed }) => [day, ended.length, renewed.length]),
    [["2026-01-13", 2, 2]],
  );
});

test("a day is days from now or one of the calendar, to come, within ten years; and something was split", async () => {
  const machine = await machineAfter(short, ["split"]);

  for (const wrong of ["+", "400d", "+99999d", "2025-12-31", "2026-02-30", "tomorrow", "2099-01-01"]) {
    const { code, stderr } = await machine.run("simulate", "--at", wrong);
    assert.equal(code, 64, wrong);
    assert.match(stderr, /--at: days from now/);
  }
  assert.equal((await machine.run("simulate", "--at", "2026-01-05")).code, 0);
  const fresh = await machineAfter(short);
  assert.match((await fresh.run("simulate")).stderr, /there are no certificates yet.*run flexkube-planner split first/);
});
