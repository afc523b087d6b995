// Users of the components: of their own in new clusters, as they were in those that began with nobody.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { kubernetesCluster } from "./testing/kubernetes-cluster.ts";
import { host, type Machine, split, stateOf } from "./testing/kubernetes-split.ts";

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

test("a cluster that began with nobody stays so and is told; another word is refused, since data would not move", async () => {
  const machine = await oldCluster();
  const before = usersIn(host(machine, "h1"));

  machine.put("cluster.yaml", kubernetesCluster);
  const { stderr } = await machine.run("split");

  assert.match(stderr, /run as nobody \(65534\).*this cluster began so/);
  assert.deepEqual(usersIn(host(machine, "h1")), before);
  assert.deepEqual(new Set(Object.values(before)), new Set([`${nobody}:${nobody}`, "undefined:undefined"]));

  machine.put("cluster.yaml", `${kubernetesCluster}users: { assign: separate }\n`);
  const refused = await machine.run("split");
  assert.equal(refused.code, 65);
  assert.match(refused.stderr, /users\.assign: .*no agent moves their data directories yet/);
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

const moves: readonly (readonly [what: string, before: string, after: string, problem: RegExp])[] = [
  [
    "etcd's uid",
    kubernetesCluster,
    withEtcd("uid: 70000"),
    /: etcd: etcd was split to run as 2100000000:2100000000, .* yet \(h1, h2, h3\)/,
  ],
  ["etcd's gid", withEtcd("uid: 70000, gid: 7"), withEtcd("uid: 70000, gid: 8"), /keep it by uid: 70000 and gid: 7;/],
  ["a uid that goes", withEtcd("uid: 70000"), kubernetesCluster, /users\.first: etcd was split to run as 70000:/],
  ["one member's", kubernetesCluster, withEtcd("overrides: { h2: { uid: 1 } }"), /etcd\.overrides\.h2: .* yet \(h2\)/],
  [
    "the API server's",
    kubernetesCluster,
    withMaster("apiserver: { uid: 5 }"),
    /controlPlane\.apiserver: apiserver was/,
  ],
  [
    "one scheduler's",
    kubernetesCluster,
    withMaster("overrides: { h3: { scheduler: { uid: 5 } } }"),
    /overrides\.h3\.scheduler: .*\(h3\)/,
  ],
  ["users.first", kubernetesCluster, `${kubernetesCluster}users: { first: 90000 }\n`, /users\.first: scheduler was/],
];
for (const [what, before, after, problem] of moves)
  test(`another user is refused with what to do, and nothing is written: ${what}`, async () => {
    const machine = await split(before);
    const [state, config] = [machine.text("pki/state.yaml"), machine.text("hosts/h2.yaml")];

    machine.put("cluster.yaml", after);
    const { code, stderr } = await machine.run("split");
    const unchanged = [machine.text("pki/state.yaml"), machine.text("hosts/h2.yaml")];
    const forced = await machine.run("split", "--force-users");

    assert.equal(code, 65);
    assert.match(stderr, problem);
    assert.match(stderr, /take .* off the host, .* and bring it back/);
    assert.deepEqual(unchanged, [state, config]);
    assert.equal(forced.code, 0, forced.stderr);
    assert.equal((await machine.run("split")).code, 0);
  });

test("a state without users, or none at all, is made up for by the host configs", async () => {
  for (const without of [/^owners:\n(?: .*\n)*/m, /[^]*/]) {
    const machine = await split(kubernetesCluster);
    const text = machine.text("pki/state.yaml") ?? "";
    assert.match(text, without);
    const rest = text.replace(without, "");
    if (rest === "") machine.files.delete("pki/state.yaml");
    else machine.put("pki/state.yaml", rest);
    machine.put("cluster.yaml", withEtcd("uid: 70000"));

    assert.equal((await machine.run("split")).code, 65);
  }
});

test("a component that was taken off a host comes back with any user", async () => {
  const machine = await split(kubernetesCluster);
  await split(kubernetesCluster.replace("etcd: { hosts: [h1, h2, h3]", "etcd: { hosts: [h1, h2]"), machine);

  await split(withEtcd("overrides: { h3: { uid: 7, gid: 7 } }"), machine);

  assert.equal(host(machine, "h3").etcd?.uid, 7);
});
