// What holds for every cluster, on random ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryCluster, clusterText, withHost } from "#planner/testing/arbitrary-cluster.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const runs = { numRuns: 15 };

async function splitMachine(text: string): Promise<ReturnType<typeof fakeMachine>> {
  const machine = fakeMachine(text);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

test("a second split writes nothing, whatever the cluster", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCluster, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      machine.writes.length = 0;

      await machine.run("split");

      assert.deepEqual(machine.writes, []);
    }),
    runs,
  );
});

test("etcd's members: any row of wishes is counted upwards, and no generation stands for two lists", async () => {
  const names = ["alpha", "beta", "gamma", "delta", "epsilon"];
  const wish = fc.record({
    hosts: fc.subarray(names, { minLength: 1 }),
    replaced: fc.option(fc.constantFrom(...names), { nil: undefined }),
    isOn: fc.boolean(),
    isLost: fc.boolean(),
  });
  const hosts = Object.fromEntries(names.map((name, index) => [name, { address: `10.0.0.${index + 1}` }]));
  const text = (members: readonly string[], enabled: boolean): string =>
    JSON.stringify({
      apiVersion: "flexkube/v1alpha1",
      kind: "Cluster",
      name: "random",
      hosts,
      etcd: { hosts: members, membership: { enabled } },
    });
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 6 }), async (wishes) => {
      const machine = await splitMachine(text(names, true));
      await machine.run("split", "--bootstrapped");
      let last = 1;
      const contents = new Map<number, string>();
      for (const { hosts: members, replaced, isOn, isLost } of wishes) {
        // while they are off nothing but the state knows how often they have changed
        if (isLost && isOn && generationOf(machine) !== undefined) machine.files.delete("pki/state.yaml");
        machine.put("cluster.yaml", text(members, isOn));
        const { code } = await machine.run("split", ...(replaced === undefined ? [] : ["--replace-member", replaced]));
        const generation = generationOf(machine);
        if (generation !== undefined) {
          assert.ok(generation >= last, `${generation} after ${last}`);
          last = generation;
          const listed = JSON.stringify(Object.values(machine.hosts()).find(({ etcd }) => etcd)?.etcd?.members);
          assert.equal(contents.get(generation) ?? listed, listed);
          contents.set(generation, listed);
        }
        const before = machine.text("hosts/alpha.yaml");
        await machine.run("split");
        // what is refused changes nothing, and without the option there may be something to do
        if (code === 0) assert.equal(machine.text("hosts/alpha.yaml"), before);
      }
    }),
    runs,
  );
});

function generationOf(machine: ReturnType<typeof fakeMachine>): number | undefined {
  const all = Object.values(machine.hosts()).flatMap(({ etcd }) => etcd?.membership?.generation ?? []);
  return all.length === 0 ? undefined : Math.max(...all);
}

test("the order in which hosts and sections are written does not matter", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCluster, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      const turned = {
        ...cluster,
        hosts: Object.fromEntries(Object.entries(cluster.hosts).toReversed()),
        ...(cluster.etcd === undefined ? {} : { etcd: { hosts: cluster.etcd.hosts.toReversed() } }),
        containers: Object.fromEntries(Object.entries(cluster.containers).toReversed()),
        secrets: Object.fromEntries(Object.entries(cluster.secrets).toReversed()),
      };
      machine.put("cluster.yaml", clusterText(turned));
      machine.writes.length = 0;

      await machine.run("split");

      assert.deepEqual(machine.writes, []);
    }),
    runs,
  );
});

test("a new host changes no other host, but the etcd members when it is one of them", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCluster, fc.boolean(), async (cluster, withEtcd) => {
      const machine = await splitMachine(clusterText(cluster));
      machine.put("cluster.yaml", clusterText(withHost(cluster, "added", withEtcd)));
      machine.writes.length = 0;

      const { code } = await machine.run("split");

      const written = machine.writes
        .filter((write) => write.startsWith("rename hosts/"))
        .map((write) => write.slice(13, -5));
      const members = withEtcd ? (cluster.etcd?.hosts ?? []) : [];
      assert.equal(code, 0);
      assert.deepEqual(written.toSorted(), ["added", ...members].toSorted());
    }),
    runs,
  );
});

test("every secret is on the hosts that need it and on no other; no host has a CA's key", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCluster, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      const hosts = Object.keys(cluster.hosts);
      const isMember = (host: string) => cluster.etcd?.hosts.includes(host) ?? false;
      const needs = new Map<string, (host: string) => boolean>();
      for (const [path, { bytes }] of machine.pki) {
        const [, name = ""] = /^pki\/etcd\/(.+)\.(?:crt|key)$/.exec(path) ?? [];
        const owner = name.replace(/-(server|peer)$/, "");
        const isNeeded = (host: string) =>
          path === "pki/etcd/ca.crt" ? isMember(host) : path !== "pki/etcd/ca.key" && owner === host;
        needs.set(Buffer.from(bytes).toString("utf8"), isNeeded);
      }
      for (const [group, { hosts: on }] of Object.entries(cluster.containers))
        needs.set(cluster.secrets[group.replace("group", "secret")]?.content ?? "", (host) => on.includes(host));

      const configs = machine.hosts();

      for (const [secret, isNeeded] of needs)
        for (const host of hosts) {
          const values = Object.values(configs[host]?.secrets ?? {});
          assert.equal(values.includes(secret), isNeeded(host), `${host}: ${secret.slice(0, 40)}`);
        }
      for (const host of hosts.filter((each) => !isMember(each)))
        assert.doesNotMatch(machine.text(`hosts/${host}.yaml`) ?? "", /etcd/);
    }),
    runs,
  );
});
