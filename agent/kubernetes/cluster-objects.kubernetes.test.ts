// The agent at a real API server: its Node, manifests and releases, on one host that is control plane and worker.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { agentContainer, runAgentOnce } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { agentImage } from "#lab/images.ts";
import { kubeletOnLab, startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import type { LabHost } from "#lab/host.ts";
import { makeChart } from "#lab/make-chart.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingContainers } from "#lab/standing-containers.ts";

const deadlineMs = 300_000;

type Wish = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly manifests?: Readonly<Record<string, object>>;
  readonly helmReleases?: Readonly<Record<string, object>>;
};

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {key: "${value}"}\n`;
const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
const zoo = "apiVersion: example.org/v1\nkind: Zoo\nmetadata: {name: berlin, namespace: shop}\nspec: {animals: 3}\n";
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: zoos.example.org}
spec:
  group: example.org
  names: {kind: Zoo, plural: zoos, singular: zoo}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {animals: {type: integer}}}}
`;
const first: Wish = {
  labels: { tier: "front", old: "yes" },
  manifests: {
    shop: { content: [configMap("one", "1"), configMap("two", "1"), namespace].join("---\n") },
    zoo: { content: `${zoo}---\n${definition}` },
  },
};

describe("objects of a cluster", { skip: skipWithoutLab(), timeout: 1_500_000 }, () => {
  let cluster: KubernetesCluster;
  let host: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable" }, "kubernetes");
    host = cluster.lab.host("k1");
    await makeChart(cluster.directory);
    await cluster.edit((text) => oneHost(text));
    await wish(first);
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(host);
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  async function wish(wanted: Wish): Promise<void> {
    const sections = `kubelets:
  all: ${JSON.stringify({ hosts: "all", roles: ["worker"], labels: wanted.labels ?? {}, config: kubeletOnLab })}
manifests: ${JSON.stringify(wanted.manifests ?? {})}
helmReleases: ${JSON.stringify(wanted.helmReleases ?? {})}
`;
    await cluster.edit((text) => text.slice(0, text.indexOf("kubelets:")) + sections);
    await cluster.planner("split");
  }

  async function deliver(wanted: Wish): Promise<void> {
    await wish(wanted);
    await cluster.deliver(host);
    await cluster.nudge(host);
  }

  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs, everyMs: 500 });

  const get = async (...args: readonly string[]): Promise<string> =>
    (await cluster.kubectl("get", "--ignore-not-found", ...args)).trim();

  const valueOf = async (name: string): Promise<string> =>
    get("-n", "shop", "configmap", name, "-o", "jsonpath={.data.key}");

  const labels = async (): Promise<Readonly<Record<string, string>>> =>
    // a map of texts, as the API has it
    JSON.parse(await get("node", "k1", "-o", "jsonpath={.metadata.labels}")) as Record<string, string>;

  /** Of a look at which all has answered: one at which something has not plans nothing for it. */
  const plan = async (): Promise<string> => {
    const { reference } = await agentImage();
    return soon("all answers a plan", async () => {
      const { stdout } = await runAgentOnce(host, ["plan", "--json"], { image: reference });
      // the agent's own document
      const found = JSON.parse(stdout) as { readonly plan: readonly string[]; readonly blocked: readonly unknown[] };
      if (found.blocked.length > 0) throw new Error(stdout);
      return found.plan.join("\n");
    });
  };

  test("from nothing: RBAC, add-ons and manifests are applied, and the node has its labels", async (t) => {
    const begun = performance.now();

    await cluster.settled([host], deadlineMs);

    t.diagnostic(`settled after ${Math.round((performance.now() - begun) / 1000)} s`);
    assert.deepEqual([await valueOf("one"), await valueOf("two")], ["1", "1"]);
    assert.equal(await get("-n", "shop", "zoo", "berlin", "-o", "jsonpath={.spec.animals}"), "3");
    const found = await labels();
    assert.deepEqual([found["tier"], found["old"], found["node-role.kubernetes.io/worker"]], ["front", "yes", ""]);
    const lease = await get("-n", "kube-system", "lease", "flexkube-applier", "-o", "jsonpath={.spec.holderIdentity}");
    assert.equal(lease, "k1");
    assert.equal(await plan(), "nothing to do");
  });

  test("status tells of the node and of who applies; the key of the applier is in no container's description", async (t) => {
    const version = await get("node", "k1", "-o", "jsonpath={.status.nodeInfo.kubeletVersion}");
    const status = await soon("the report of a tick that saw the node ready", async () => {
      const text = await host.docker("exec", agentContainer, "/flexkube-agent", "status");
      assert.ok(text.split("\n").includes(`node k1: Ready, kubelet ${version}`), text);
      return text;
    });
    const all = Object.keys(await standingContainers(host));

    const record = await get("-n", "kube-system", "configmap", "flexkube-applied", "-o", "json");
    const report = JSON.parse((await host.readFile("/var/lib/flexkube/report.json")).toString()) as object;
    const ms = "durationMs" in report ? String(report.durationMs) : "";
    t.diagnostic(`a tick takes ${ms} ms with ${record.match(/uid/g)?.length ?? 0} recorded objects`);
    assert.match(status, /^cluster objects: applied by k1; manifests in force: \d+, releases: 0$/m);
    assert.doesNotMatch(await host.docker("inspect", ...all), /PRIVATE KEY|LS0tLS1CRUdJTiBQUk/);
    assert.doesNotMatch((await host.docker("ps", "-a", "--format", "{{.Names}}")).trim(), /flexkube-(kubectl|helm)/);
  });

  test("what is changed or deleted by hand is as it was, and what others set beside it stays", async () => {
    const patch = { data: { key: "by hand", theirs: "x" } };
    await cluster.kubectl("-n", "shop", "patch", "configmap", "one", "--type=merge", "-p", JSON.stringify(patch));
    await cluster.kubectl("-n", "shop", "delete", "configmap", "two");
    await cluster.kubectl("label", "node", "k1", "tier=changed", "theirs=kept", "--overwrite");

    await soon("the ConfigMap is as it was", async () => (await valueOf("one")) === "1");
    await soon("the other is back", async () => (await valueOf("two")) === "1");
    await soon("the label is as it was", async () => (await labels())["tier"] === "front");

    assert.equal(await get("-n", "shop", "configmap", "one", "-o", "jsonpath={.data.theirs}"), "x");
    assert.equal((await labels())["theirs"], "kept");
    await soon("nothing to do", async () => (await plan()) === "nothing to do");
  });

  test("a status, replicas and labels of others are no cause to apply again", async () => {
    await cluster.kubectl("-n", "shop", "label", "configmap", "one", "theirs=x");
    await cluster.kubectl("-n", "kube-system", "annotate", "deployment", "coredns", "theirs=x");
    await cluster.kubectl("annotate", "namespace", "shop", "theirs=x");

    assert.equal(await plan(), "nothing to do");
  });

  test("what is taken out of the config goes, and nothing else", async () => {
    await deliver({
      labels: { tier: "front" },
      manifests: { shop: { content: [configMap("one", "2"), namespace].join("---\n") } },
    });
    await cluster.settled([host], deadlineMs);

    assert.deepEqual([await valueOf("one"), await valueOf("two")], ["2", ""]);
    // the API takes away what there is of the kind first
    await soon("the kind is gone", async () => (await get("crd", "zoos.example.org")) === "");
    const found = await labels();
    assert.deepEqual([found["old"], found["tier"], found["theirs"]], [undefined, "front", "kept"]);
  });

  test("a manifest that the API refuses is told of, and the others are applied", async () => {
    const refused = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad, namespace: nowhere}\n`;
    await deliver({
      labels: { tier: "front" },
      manifests: {
        bad: { content: refused },
        shop: { content: [configMap("one", "3"), namespace].join("---\n") },
      },
    });

    await soon("the other is applied", async () => (await valueOf("one")) === "3");
    const told = await soon("the reason is in the report", async () => {
      const { blocked } = await cluster.status(host);
      const found = blocked.find(({ container }) => container === "manifest/user-bad");
      assert.match(found?.reason ?? "", /namespaces "nowhere" not found/);
      return found;
    });

    assert.equal(told?.code, "postponed");
  });

  test("a release is installed, upgraded for other values, mended, and uninstalled", async () => {
    const release = (value: string): Wish => ({
      helmReleases: { store: { chart: "store.tgz", namespace: "store", values: { value }, timeout: "2m" } },
    });
    const inChart = async (): Promise<string> => get("-n", "store", "configmap", "store", "-o", "jsonpath={.data.key}");

    await deliver(release("first"));
    await cluster.settled([host], deadlineMs);
    assert.equal(await inChart(), "first");
    assert.equal(await plan(), "nothing to do");

    await deliver(release("second"));
    await cluster.settled([host], deadlineMs);
    assert.equal(await inChart(), "second");

    const revision = "sh.helm.release.v1.store.v2";
    await cluster.kubectl("-n", "store", "delete", "secret", revision);
    await soon("Helm has made another revision", async () => (await get("-n", "store", "secret", revision)) !== "");
    await cluster.settled([host], deadlineMs);

    await deliver({});
    await cluster.settled([host], deadlineMs);
    assert.equal(await inChart(), "");
    assert.doesNotMatch((await host.docker("ps", "-a", "--format", "{{.Names}}")).trim(), /flexkube-(kubectl|helm)/);
  });
});

/** The example's config for one host, whose agent looks often; `kubelets` comes last. */
function oneHost(text: string): string {
  return `${text
    .replace(/^ {2}k[234]: .*\n/gm, "")
    .replaceAll(/hosts: (\[k1, k2, k3\]|\[ k1, k2, k3 \])/g, "hosts: [k1]")
    .replace(/^kubelets:\n( .*\n)+/m, "")}agent: { interval: 3s, jitter: 500ms }\nkubelets: {}\n`;
}
