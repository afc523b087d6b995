// From one minor version of Kubernetes to the next, with the programs of both: the config of all hosts at once, nothing else. Not part of
// CI, since it compiles Kubernetes a second time: `npm run test:upgrade`, and with the others before a release `npm run test:release`.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { changedYaml } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { imagesBefore } from "#lab/kubernetes-images.ts";
import { severalDown } from "#lab/sample-answers.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { watchRoll } from "#lab/watch-roll.ts";

const deadlineMs = 400_000;
/** What must not be newer than any API server. */
const followers = ["kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

describe("an upgrade to the next minor version", { skip: skipWithoutLab(), timeout: 1_800_000 }, () => {
  let cluster: KubernetesCluster;
  let hosts: readonly LabHost[];
  let versions: { readonly old: string; readonly next: string };

  before(async () => {
    const old = await imagesBefore();
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable" }, "kubernetes", {
      images: old.images,
    });
    hosts = cluster.lab.hosts;
    const next = /:v([0-9.]+)$/.exec(cluster.images.byName["kube-apiserver"].reference)?.[1] ?? "";
    versions = { old: old.version, next };
    await cluster.edit((text) => changedYaml(text, { "hosts.k4": undefined, "kubernetes.version": old.version }));
    await cluster.planner("split");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...hosts);
    await cluster.ready(hosts, deadlineMs);
    await cluster.settled(hosts, deadlineMs);
    await cluster.kubectl("apply", "-f", join(cluster.directory, "web.yaml"));
    await rolledOut("web");
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const rolledOut = async (deployment: string): Promise<unknown> =>
    eventually(async () => cluster.kubectl("rollout", "status", `deployment/${deployment}`, "--timeout=5s"), {
      what: `${deployment} is available`,
      deadlineMs,
    });
  const nodeVersions = async (): Promise<readonly string[]> =>
    (await cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}")).split(" ");
  const serverVersionOn = async (host: LabHost): Promise<string> => {
    const about: unknown = JSON.parse(await cluster.kubectlOn(host, "get", "--raw", "/version"));
    // the API's own document
    return (about as { readonly gitVersion: string }).gitVersion;
  };
  /** `name image` of each running container. */
  const runningOn = async (host: LabHost): Promise<readonly string[]> =>
    (await host.docker("ps", "--format", "{{.Names}} {{.Image}}")).trim().split("\n");

  /** Followers of the next version that were seen beside an API server of the old one. */
  async function tooEarly(): Promise<readonly string[]> {
    // in this order: an API server that is seen to be old now was so a moment ago
    const running = await Promise.all(hosts.map(runningOn));
    const servers = (await Promise.all(hosts.map(runningOn))).flat();
    const isOld = servers.some((line) => line.startsWith("kube-apiserver ") && line.endsWith(`:v${versions.old}`));
    const isNext = (line: string): boolean => line.endsWith(`:v${versions.next}`);
    return isOld ? running.flat().filter((line) => followers.includes(line.split(" ")[0] ?? "") && isNext(line)) : [];
  }

  test("the cluster runs the old version everywhere", async () => {
    assert.deepEqual(
      await nodeVersions(),
      hosts.map(() => `v${versions.old}`),
    );
    for (const host of hosts) assert.equal(await serverVersionOn(host), `v${versions.old}`);
  });

  test("one changed line upgrades all: API servers first, one at a time, and no write fails", async (t) => {
    const begun = performance.now();
    const early: string[] = [];
    const stopping = new AbortController();
    await cluster.edit((text) => changedYaml(text, { "kubernetes.version": versions.next }));

    const { written, failed, samples } = await watchRoll(cluster, async () => {
      const looking = (async () => {
        while (!stopping.signal.aborted) early.push(...(await tooEarly()));
      })();
      try {
        await cluster.planner("split");
        await cluster.deliver(...hosts);
        await cluster.nudge(...hosts);
        await cluster.settled(hosts, deadlineMs);
      } finally {
        stopping.abort();
        await looking;
      }
    });

    t.diagnostic(`${Math.round((performance.now() - begun) / 1000)} s, ${written} writes`);
    assert.deepEqual([...new Set(early)], []);
    assert.deepEqual(failed, []);
    for (const list of samples) assert.deepEqual(severalDown(list), [], `${list.length} samples`);
    for (const host of hosts) assert.equal(await serverVersionOn(host), `v${versions.next}`);
    await eventually(async () => (await nodeVersions()).every((version) => version === `v${versions.next}`), {
      what: "all nodes tell the next version",
      deadlineMs,
    });
    for (const host of hosts) {
      const ours = (await runningOn(host)).filter((line) => followers.includes(line.split(" ")[0] ?? ""));
      assert.equal(ours.length, followers.length);
      for (const line of ours) assert.match(line, new RegExp(`:v${versions.next.replaceAll(".", "\\.")}$`));
    }
    await rolledOut("web");
  });
});
