// What holds for every cluster with Kubernetes, on random ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clusterText } from "#planner/testing/arbitrary-cluster.ts";
import { arbitraryKubernetes, nodesOf, withWorker } from "#planner/testing/arbitrary-kubernetes.ts";
import type { KubernetesClusterData } from "#planner/testing/arbitrary-kubernetes.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const runs = { numRuns: 12 };

type Machine = ReturnType<typeof fakeMachine>;

async function splitMachine(text: string): Promise<Machine> {
  const machine = fakeMachine(text);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  return machine;
}

/** Which hosts may have what stands in a file of pki/; undefined for what no host has as it is. */
function needsOf(path: string, cluster: KubernetesClusterData): ((host: string) => boolean) | undefined {
  const isMember = (host: string): boolean => cluster.etcd?.hosts.includes(host) ?? false;
  const isPlane = (host: string): boolean => cluster.controlPlane.hosts.includes(host);
  const isNode = (host: string): boolean => nodesOf(cluster).includes(host);
  const [, owner] = /^pki\/kubernetes\/hosts\/([^/]+)\//.exec(path) ?? [];
  const [, member] = /^pki\/etcd\/(.+)-(?:server|peer)\./.exec(path) ?? [];
  if (owner !== undefined || member !== undefined) return (host) => host === (owner ?? member);
  const rules: Readonly<Record<string, (host: string) => boolean>> = {
    "pki/etcd/ca.crt": (host) => isMember(host) || isPlane(host),
    "pki/etcd/ca.key": () => false,
    "pki/front-proxy/ca.crt": isPlane,
    "pki/front-proxy/ca.key": () => false,
    "pki/kubernetes/ca.crt": (host) => isPlane(host) || isNode(host),
    "pki/kubernetes/ca.key": isPlane,
    "pki/kubernetes/service-account.key": isPlane,
    "pki/kubernetes/service-account.pub": isPlane,
  };
  return rules[path];
}

test("every key and certificate is on the hosts that need it and on no other", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryKubernetes, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));

      const configs = machine.hosts();

      for (const [path, { bytes }] of machine.pki) {
        const isNeeded = needsOf(path, cluster);
        if (path === "pki/kubernetes/encryption-keys") continue;
        assert.ok(isNeeded !== undefined, `${path} is nobody's`);
        const content = Buffer.from(bytes).toString("utf8");
        for (const [host, { secrets }] of Object.entries(configs))
          assert.equal(Object.values(secrets).includes(content), isNeeded(host), `${path} on ${host}`);
      }
    }),
    runs,
  );
});

test("a worker's config holds nothing of etcd, no CA's key, and no key that others trust everywhere", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryKubernetes, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      const trusted = ["etcd/ca.key", "front-proxy/ca.key", "kubernetes/ca.key", "kubernetes/service-account.key"];
      const keys = trusted.map((path) => Buffer.from(machine.pki.get(`pki/${path}`)?.bytes ?? []).toString("utf8"));
      const [, encryption = "none"] =
        /^key1 (.*)$/m.exec(Buffer.from(machine.pki.get("pki/kubernetes/encryption-keys")?.bytes ?? []).toString()) ??
        [];

      const isWorker = (host: string): boolean =>
        !cluster.controlPlane.hosts.includes(host) && !(cluster.etcd?.hosts.includes(host) ?? false);

      for (const [host, config] of Object.entries(machine.hosts()).filter(([name]) => isWorker(name))) {
        const values = Object.values(config.secrets);
        for (const key of [...keys, encryption]) assert.ok(!values.some((value) => value.includes(key)), host);
        assert.doesNotMatch(machine.text(`hosts/${host}.yaml`) ?? "", /etcd|applier|system:masters|encryption/);
      }
    }),
    runs,
  );
});

test("a second split writes nothing, whatever the cluster with Kubernetes", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryKubernetes, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      machine.writes.length = 0;

      const { code } = await machine.run("split");

      assert.equal(code, 0);
      assert.deepEqual(machine.writes, []);
    }),
    runs,
  );
});

test("a lost state comes back from the host configs, and no file but it is written", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryKubernetes, async (cluster) => {
      const machine = await splitMachine(clusterText(cluster));
      const hosts = machine.hosts();
      machine.files.delete("pki/state.yaml");

      const { code } = await machine.run("split");

      assert.equal(code, 0);
      assert.deepEqual(machine.hosts(), hosts);
    }),
    runs,
  );
});

test("a new worker changes no host but the control plane and the nodes, which learn the way to its pods", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryKubernetes, async (cluster) => {
      const hadWorkers = nodesOf(cluster).some((host) => !cluster.controlPlane.hosts.includes(host));
      const machine = await splitMachine(clusterText(cluster));
      machine.put("cluster.yaml", clusterText(withWorker(cluster, "added")));
      machine.writes.length = 0;

      const { code } = await machine.run("split");

      const written = machine.writes
        .filter((write) => write.startsWith("rename hosts/"))
        .map((write) => write.slice(13, -5));
      // with the first worker, nodes of the control plane are closed to pods, which the policy must allow
      const others = hadWorkers ? [] : cluster.controlPlane.hosts.filter((host) => nodesOf(cluster).includes(host));
      // the policy says what the new node's agent may keep, so the control plane gets it
      const policy = cluster.controlPlane.hosts;
      const expected = new Set(["added", ...(cluster.network.plugin === "bridge" ? nodesOf(cluster) : []), ...others]);
      assert.equal(code, 0);
      assert.deepEqual(
        written.filter((host) => !policy.includes(host)).toSorted(),
        [...expected].filter((host) => !policy.includes(host)).toSorted(),
      );
      for (const host of others) assert.ok(written.includes(host));
    }),
    runs,
  );
});
