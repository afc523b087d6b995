// Users of the components: of their own in new clusters, as they were in those that began with nobody.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { host, type Machine, split, stateOf } from "#planner/testing/kubernetes-split.ts";

const nobody = 65534;

function usersIn(config: HostConfig): Readonly<Record<string, string>> {
  const { etcd, apiLoadBalancers, kubeApiserver, kubeControllerManager, kubeScheduler, clusterObjects } = config;
  const parts = {
    etcd,
    balancer: apiLoadBalancers["kubernetes"],
    kubeApiserver,
    kubeControllerManager,
    kubeScheduler,
    clusterObjects,
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, `${part?.uid}:${part?.gid}`]));
}

/** A cluster as a planner split it that knew no other users. */
async function oldCluster(): Promise<Machine> {
  const machine = await split(`${kubernetesCluster}users: { assign: nobody }\n`);
  machine.put("pki/state.yaml", (machine.text("pki/state.yaml") ?? "").replace(/^users: .*\n/m, ""));
  return machine;
}

test("each component of a new cluster has a user of its own, beyond those that others hand out", async () => {
  const machine = await split(kubernetesCluster);
  const users = Object.values(usersIn(host(machine, "h1")));

  assert.equal(new Set(users).size, 6);
  for (const user of users) assert.match(user, /^21000000\d\d:21000000\d\d$/);
  assert.deepEqual(usersIn(host(machine, "h2")), usersIn(host(machine, "h1")));
  assert.equal(host(machine, "h1").closedDirectories, true);
});

test("the block of ids can be another one, and a component's own user wins", async () => {
  const config = kubernetesCluster.replace("etcd: { hosts", "etcd: { uid: 70000, gid: 70001, hosts");

  const users = usersIn(host(await split(`${config}users: { first: 90000 }\n`), "h1"));

  assert.deepEqual(users, {
    etcd: "70000:70001",
    balancer: "90001:90001",
    kubeApiserver: "90002:90002",
    kubeControllerManager: "90003:90003",
    kubeScheduler: "90004:90004",
    clusterObjects: "90005:90005",
  });
});

test("a block among the users of distributions is refused", async () => {
  const machine = await split(kubernetesCluster);
  machine.put("cluster.yaml", `${kubernetesCluster}users: { first: 65535 }\n`);

  const { code, stderr } = await machine.run("validate");

  assert.equal(code, 65);
  assert.match(stderr, /users\.first/);
});

test("a cluster that began with nobody stays so and is told what would change that", async () => {
  const machine = await oldCluster();
  const before = usersIn(host(machine, "h1"));

  machine.put("cluster.yaml", kubernetesCluster);
  const { stderr } = await machine.run("split");

  assert.match(stderr, /run as nobody \(65534\).*this cluster began so; users\.assign: separate gives each/);
  assert.deepEqual(usersIn(host(machine, "h1")), before);
  assert.deepEqual(new Set(Object.values(before)), new Set([`${nobody}:${nobody}`, "undefined:undefined"]));
  assert.equal(host(machine, "h1").formerOwners, undefined);
});

const separate = `${kubernetesCluster}users: { assign: separate }\n`;
const wasNobody = [{ uid: nobody, gid: nobody }];

test("a cluster that began with nobody moves by a word: diff says whose what will be, split writes it", async () => {
  const machine = await oldCluster();
  machine.put("cluster.yaml", separate);

  const summary = (await machine.run("diff")).stdout;
  const { code, stdout } = await machine.run("diff", "-v");
  const unchanged = host(machine, "h1").formerOwners;
  await split(separate, machine);

  assert.equal(code, 2);
  assert.equal(unchanged, undefined);
  for (const line of [
    "data directory /var/lib/etcd: owner 65534:65534 -> 2100000000:2100000000",
    "live directory /etc/kubernetes/kube-apiserver/live: owner 65534:65534 -> 2100000002:2100000002",
  ])
    assert.equal(stdout.split(line).length, 4, `${line} on three hosts`);
  assert.match(summary, /^h1, h2, h3: changed.*\n[^]*^ {2}give directories of etcd to its user/m);
  assert.deepEqual(usersIn(host(machine, "h2")), usersIn(host(await split(kubernetesCluster), "h2")));
  assert.deepEqual(host(machine, "h2").formerOwners, {
    "api-load-balancer-kubernetes": wasNobody,
    etcd: wasNobody,
    "kube-apiserver": wasNobody,
    "kube-controller-manager": wasNobody,
    "kube-scheduler": wasNobody,
  });
});

test("whom components ran as is said for good, also when state or host configs are lost", async () => {
  for (const lost of ["pki/state.yaml", "hosts/h2.yaml"]) {
    const machine = await oldCluster();
    await split(separate, machine);
    const before = host(machine, "h2").formerOwners;
    machine.files.delete(lost);

    await split(separate, machine);

    assert.deepEqual(host(machine, "h2").formerOwners, before, lost);
    assert.equal((await machine.run("diff")).code, 0, lost);
  }
});

test("a new cluster's host configs say nothing of former users, and nor do those of one that does not move", async () => {
  const [young, old] = [await split(separate), await oldCluster()];
  await split(`${kubernetesCluster}users: { assign: nobody }\n`, old);

  assert.equal(host(young, "h1").formerOwners, undefined);
  assert.equal(host(old, "h1").formerOwners, undefined);
});

test("whose config says nobody is not warned", async () => {
  const machine = await oldCluster();

  const { stderr } = await machine.run("split");

  assert.doesNotMatch(stderr, /nobody/);
});

test("a lost state is made anew with the users that the host configs have", async () => {
  const [old, young] = [await oldCluster(), await split(kubernetesCluster)];
  for (const machine of [old, young]) {
    machine.files.delete("pki/state.yaml");
    await split(kubernetesCluster, machine);
  }

  assert.equal(host(old, "h1").etcd?.uid, nobody);
  assert.partialDeepStrictEqual(stateOf(old), { users: "nobody" });
  assert.partialDeepStrictEqual(stateOf(young), { users: "separate" });
});

const withEtcd = (fields: string): string => kubernetesCluster.replace("etcd: { hosts", `etcd: { ${fields}, hosts`);
const withMaster = (fields: string): string =>
  kubernetesCluster.replace("controlPlane: { hosts", `controlPlane: { ${fields}, hosts`);

const own = (uid: number, gid = uid): object => ({ uid, gid });
const [etcdOwn, apiOwn] = [own(2_100_000_000), own(2_100_000_002)];

const moves: readonly (readonly [what: string, before: string, after: string, former: object])[] = [
  ["etcd's uid", kubernetesCluster, withEtcd("uid: 70000"), { etcd: [etcdOwn] }],
  ["etcd's gid", withEtcd("uid: 70000, gid: 7"), withEtcd("uid: 70000, gid: 8"), { etcd: [own(70_000, 7)] }],
  ["a uid that goes", withEtcd("uid: 70000, gid: 7"), kubernetesCluster, { etcd: [own(70_000, 7)] }],
  ["one member's", kubernetesCluster, withEtcd("overrides: { h2: { uid: 1 } }"), { etcd: [etcdOwn] }],
  ["the API server's", kubernetesCluster, withMaster("apiserver: { uid: 5 }"), { "kube-apiserver": [apiOwn] }],
];
for (const [what, before, after, former] of moves)
  test(`another user is told with the one before: ${what}`, async () => {
    const machine = await split(before);

    await split(after, machine);

    assert.deepEqual(host(machine, "h2").formerOwners, former);
  });

test("another block of users moves every component, and each user that was is remembered once", async () => {
  const machine = await split(kubernetesCluster);
  for (const first of [90_000, 95_000, 90_000])
    await split(`${kubernetesCluster}users: { first: ${first} }\n`, machine);

  const { etcd, formerOwners } = host(machine, "h1");

  assert.equal(etcd?.uid, 90_000);
  assert.deepEqual(formerOwners?.["etcd"], [own(2_100_000_000), own(95_000)]);
  assert.equal(Object.keys(formerOwners ?? {}).length, 5);
});

test("a state without users, or none at all, is made up for by the host configs", async () => {
  for (const without of [/^owners:\n(?: .*\n)*/m, /[^]*/]) {
    const machine = await split(kubernetesCluster);
    const text = machine.text("pki/state.yaml") ?? "";
    assert.match(text, without);
    const rest = text.replace(without, "");
    if (rest === "") machine.files.delete("pki/state.yaml");
    else machine.put("pki/state.yaml", rest);

    await split(withEtcd("uid: 70000"), machine);

    assert.deepEqual(host(machine, "h1").formerOwners, { etcd: [etcdOwn] });
  }
});

test("a component that was taken off a host comes back with any user", async () => {
  const machine = await split(kubernetesCluster);
  await split(kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3]", "etcd: { hosts: [h1, h2]"), machine);

  await split(withEtcd("overrides: { h3: { uid: 7, gid: 7 } }"), machine);

  assert.equal(host(machine, "h3").etcd?.uid, 7);
});

const shared: readonly (readonly [what: string, config: string, told: RegExp])[] = [
  ["one of another's block", withEtcd("uid: 2100000002"), /user 2100000002 is whom etcd runs as too/],
  [
    "the same number by hand",
    withMaster("apiserver: { uid: 3000000001 }, scheduler: { uid: 3000000001 }"),
    /3000000001/,
  ],
  ["on one host only", withEtcd("overrides: { h2: { uid: 2100000003 } }"), /on h2/],
  ["nobody for two", withMaster("apiserver: { uid: 65534 }, controllerManager: { uid: 65534 }"), /65534/],
  [
    "a number of the cluster's own that began with nobody",
    `${withEtcd("uid: 70000").replace("controlPlane: {", "controlPlane: { apiserver: { uid: 70000 },")}users: { assign: nobody }\n`,
    /user 70000/,
  ],
];
for (const [what, config, told] of shared)
  test(`two components of a host never run as one user: ${what}`, async () => {
    const machine = await split(kubernetesCluster);
    machine.put("cluster.yaml", config);

    const { code, stderr } = await machine.run("validate");

    assert.equal(code, 65, stderr);
    assert.match(stderr, told);
  });

const open: readonly (readonly [what: string, config: string, told: RegExp])[] = [
  ["root", withEtcd("uid: 0"), /etcd\.uid: 0 is root/],
  ["nobody", withMaster("scheduler: { uid: 65534 }"), /65534 is nobody/],
  ["a person", withEtcd("uid: 1000"), /1000 is among the users that distributions hand out/],
  ["a user namespace", withEtcd("uid: 100007"), /100007 is among the users that user namespaces/],
  ["the block", `${kubernetesCluster}users: { first: 100000 }\n`, /users\.first: 100000 is among/],
];
for (const [what, config, told] of open)
  test(`a user whom others may be too is told: ${what}`, async () => {
    const machine = await split(kubernetesCluster);
    machine.put("cluster.yaml", config);

    const { code, stderr } = await machine.run("validate");

    assert.equal(code, 0, stderr);
    assert.match(stderr, told);
    assert.equal(stderr.match(/keys and data/g)?.length, 1);
  });
