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
