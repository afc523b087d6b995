// Nodes that come, drift and go; who may do what with the keys that lie on a worker; objects that one host applies for all.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { agentContainer } from "#lab/agent.ts";
import { changedYaml } from "#lab/changed-yaml.ts";
import type { YamlChange } from "#lab/changed-yaml.ts";
import { eventually } from "#lab/eventually.ts";
import type { LabHost } from "#lab/host.ts";
import { kubeletOnLab, startKubernetesCluster, type KubernetesCluster } from "#lab/kubernetes-cluster.ts";
import { makeChart } from "#lab/make-chart.ts";
import { readCommands } from "#lab/read-commands.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const deadlineMs = 400_000;
const workers = {
  hosts: ["k4"],
  roles: ["worker"],
  labels: { disk: "fast" },
  taints: [{ key: "dedicated", value: "web", effect: "NoSchedule" }],
  config: kubeletOnLab,
};
const settings = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: default}\ndata: {key: ${value}}\n`;
const more = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: default}\n`;

describe("nodes, access and objects of a cluster", { skip: skipWithoutLab(), timeout: 2_400_000 }, () => {
  let cluster: KubernetesCluster;
  let controlPlane: readonly LabHost[];
  let k4: LabHost;

  before(async () => {
    cluster = await startKubernetesCluster({ k1: "stable", k2: "sid", k3: "stable", k4: "stable" }, "kubernetes");
    controlPlane = cluster.lab.hosts.slice(0, 3);
    k4 = cluster.lab.host("k4");
    await makeChart(cluster.directory);
    await set({
      "hosts.k4": undefined,
      agent: { interval: "5s", jitter: "500ms" },
      kubelets: { control: { hosts: ["k1", "k2", "k3"], config: kubeletOnLab } },
    });
    await cluster.planner("split");
    await cluster.planner("kubeconfig", "--out", "admin.kubeconfig");
    await cluster.startAgents(...controlPlane);
    await cluster.ready(controlPlane, deadlineMs);
    await cluster.settled(controlPlane, deadlineMs);
  });

  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  /** Puts values at paths of cluster.yaml; undefined takes away. */
  const set = async (change: YamlChange): Promise<void> => cluster.edit((text) => changedYaml(text, change));
  const soon = async <Value>(what: string, ask: () => Promise<Value>): Promise<Value> =>
    eventually(ask, { what, deadlineMs, everyMs: 300 });
  const get = async (...args: readonly string[]): Promise<string> =>
    (await cluster.kubectl("get", "--ignore-not-found", ...args)).trim();
  const node = async (): Promise<{ labels: Record<string, string>; taints: unknown }> => {
    // the API's own document
    const found = JSON.parse(await get("node", "k4", "-o", "json")) as {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: { readonly taints?: readonly { readonly key: string }[] };
    };
    const taints = (found.spec.taints ?? []).filter(({ key }) => !key.startsWith("node."));
    return { labels: found.metadata.labels, taints };
  };
  const isAsConfigured = async (): Promise<boolean> => {
    const { labels, taints } = await node();
    assert.deepEqual([labels["disk"], labels["node-role.kubernetes.io/worker"], taints], ["fast", "", workers.taints]);
    return true;
  };
  const deliver = async (...hosts: readonly LabHost[]): Promise<void> => {
    await cluster.planner("split");
    await cluster.deliver(...hosts);
    await cluster.nudge(...hosts);
  };
  /** HTTP status of the first API server to a request with the certificate of this name in k4's host config; `anonymous` has none. */
  const answer = async (identity: string, path: string, ...options: readonly string[]): Promise<string> =>
    answerOf(controlPlane[0], identity, path, ...options);
  const answerOf = async (
    host: LabHost | undefined,
    identity: string,
    path: string,
    ...options: readonly string[]
  ): Promise<string> => {
    const own = identity === "anonymous" ? [] : await keyOf(identity);
    const ca = ["--cacert", join(cluster.directory, "pki/kubernetes/ca.crt")];
    const url = `https://${host?.ip}:6443${path}`;
    const quiet = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--retry", "3", "--retry-connrefused"];
    return cluster.lab.net("curl", ...quiet, ...ca, ...own, ...options, url);
  };
  async function keyOf(identity: string): Promise<readonly string[]> {
    // what the planner wrote
    const { secrets } = parse(await readFile(join(cluster.directory, "hosts/k4.yaml"), "utf8")) as {
      readonly secrets: Readonly<Record<string, string>>;
    };
    const [certificate, key] = ["crt", "key"].map((end) => join(cluster.directory, `${identity}.${end}`));
    assert.ok(certificate !== undefined && key !== undefined);
    await writeFile(certificate, secrets[`kubernetes/${identity}.crt`] ?? "");
    await writeFile(key, secrets[`kubernetes/${identity}.key`] ?? "", { mode: 0o600 });
    return ["--cert", certificate, "--key", key];
  }
  const routesTo = async (host: LabHost, on: LabHost): Promise<boolean> =>
    (await on.exec("ip", "route")).includes(`via ${host.ip} `);
  const sent = (method: string, form: string, value: object): readonly string[] => {
    const type =
      method === "PATCH" ? `application/${form}+${form === "apply-patch" ? "yaml" : "json"}` : "application/json";
    return ["-X", method, "-H", `content-type: ${type}`, "-d", JSON.stringify(value)];
  };
  const patch = (value: object): readonly string[] => sent("PATCH", "merge-patch", value);

  test("a worker is added: by its line in the config, its host config and its agent", async () => {
    await set({ "hosts.k4": { address: k4.ip }, "kubelets.workers": workers });
    const ids = async (): Promise<readonly string[]> =>
      Promise.all(controlPlane.map(async (host) => host.docker("ps", "-q", "--no-trunc", "--filter", "name=kube-api")));
    const untouched = await ids();

    await deliver(...controlPlane);
    await cluster.startAgents(k4);

    await cluster.ready([k4], deadlineMs);
    await soon("labels and taints are as configured", isAsConfigured);
    for (const host of controlPlane) await soon(`${host.name} has a route to k4`, async () => routesTo(k4, host));
    await cluster.settled([...controlPlane, k4], deadlineMs);
    assert.deepEqual(await ids(), untouched);
  });

  test("labels, role and taints that somebody takes away are back", async () => {
    await cluster.kubectl("label", "node", "k4", "disk-", "node-role.kubernetes.io/worker-");
    await soon("the labels are back", isAsConfigured);
    await cluster.kubectl("taint", "node", "k4", "dedicated-");
    await soon("the taint is back", isAsConfigured);
  });

  test("a privileged pod is refused where nothing else is said, and taken where it is allowed", async () => {
    const pod = (namespace: string): string =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "root", namespace },
        spec: { containers: [{ name: "root", image: "none:1", securityContext: { privileged: true } }] },
      });
    const file = join(cluster.directory, "pod.json");

    await writeFile(file, pod("default"));
    await assert.rejects(cluster.kubectl("apply", "-f", file), /violates PodSecurity "baseline/);
    await writeFile(file, pod("kube-system"));
    await cluster.kubectl("apply", "-f", file, "--dry-run=server");
  });

  test("Secrets are encrypted in etcd", async () => {
    await cluster.kubectl("create", "secret", "generic", "hidden", "--from-literal=word=open-sesame");

    const raw = await cluster.etcdctl(undefined, "get", "/registry/secrets/default/hidden");

    assert.match(raw, /k8s:enc:secretbox:v1:/);
    assert.doesNotMatch(raw, /open-sesame/);
    assert.equal(
      Buffer.from(await get("secret", "hidden", "-o", "jsonpath={.data.word}"), "base64").toString(),
      "open-sesame",
    );
  });

  test("whoever shows no certificate reaches the health endpoints and nothing else", async () => {
    for (const path of ["/healthz", "/livez", "/readyz"]) assert.equal(await answer("anonymous", path), "200", path);
    for (const path of ["/api", "/version", "/metrics", "/api/v1/nodes", "/api/v1/namespaces/default/secrets"])
      assert.match(await answer("anonymous", path), /^40[13]$/, path);
  });

  test("a worker's kubelet and agent read no Secret of others and change no other node", async () => {
    // admission refuses the kubelet by its own plug-in, and the agent by the policy
    const refusals: Readonly<Record<string, string>> = { "kubelet-client": "403", agent: "422" };
    for (const [identity, refusal] of Object.entries(refusals)) {
      assert.equal(await answer(identity, "/api/v1/secrets"), "403", identity);
      assert.equal(await answer(identity, "/api/v1/namespaces/default/secrets/hidden"), "403", identity);
      const label = patch({ metadata: { labels: { disk: "stolen" } } });
      assert.equal(await answer(identity, "/api/v1/nodes/k1", ...label), refusal, identity);
    }
    assert.equal((await node()).labels["disk"], "fast");
    assert.equal(await get("node", "k1", "-o", "jsonpath={.metadata.labels.disk}"), "");
  });

  test("a worker's agent changes of its own node what the config names, and nothing else", async () => {
    const own = "/api/v1/nodes/k4";
    assert.equal(await answer("agent", own, ...patch({ metadata: { labels: { disk: "fast" } } })), "200");
    const refused: readonly object[] = [
      { metadata: { labels: { other: "x" } } },
      // keys that are kept: another value, one that is another node's, and one that is wanted here
      { metadata: { labels: { disk: "slow" } } },
      { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } },
      { metadata: { labels: { disk: null } } },
      { spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoExecute" }] } },
      { spec: { taints: [] } },
    ];
    for (const change of refused)
      assert.equal(await answer("agent", own, ...patch(change)), "422", JSON.stringify(change));
    // in the other forms of a change, and in fields that are nobody's to change
    const operations = [{ op: "add", path: "/metadata/labels/other", value: "x" }];
    const applied = { apiVersion: "v1", kind: "Node", metadata: { name: "k4", labels: { disk: "slow" } } };
    const others: readonly (readonly [string, string, object])[] = [
      [own, "json-patch", operations],
      [own, "strategic-merge-patch", { spec: { taints: [{ $patch: "replace" }] } }],
      [`${own}?fieldManager=thief&force=true`, "apply-patch", applied],
      [own, "merge-patch", { metadata: { finalizers: ["thief.example/never"] } }],
      [own, "merge-patch", { metadata: { annotations: { other: "x" } } }],
      [own, "merge-patch", { spec: { providerID: "thief://k4" } }],
    ];
    for (const [path, form, change] of others)
      assert.equal(await answer("agent", path, ...sent("PATCH", form, change)), "422", JSON.stringify(change));
    const notItsOwn: readonly (readonly [string, string, object])[] = [
      ["PATCH", `${own}/status`, { status: { conditions: [] } }],
      ["POST", "/api/v1/nodes", { ...applied, metadata: { name: "k9" } }],
      ["PATCH", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/k4", { spec: {} }],
      ["POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", {}],
      ["DELETE", "/api/v1/nodes", {}],
    ];
    for (const [method, path, body] of notItsOwn)
      assert.equal(await answer("agent", path, ...sent(method, "merge-patch", body)), "403", `${method} ${path}`);
    assert.equal(
      await answer("agent", own, ...patch({ metadata: { annotations: { "flexkube.io/managed": "{}" } } })),
      "200",
    );
    assert.equal(await answer("agent", own, ...patch({ spec: { unschedulable: true } })), "422");
    assert.equal(await answer("agent", own, "-X", "DELETE"), "403");
  });

  test("kube-proxy reads Services, EndpointSlices and Nodes, and nothing else", async () => {
    for (const path of ["/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/nodes"])
      assert.equal(await answer("kube-proxy", path), "200", path);
    for (const path of ["/api/v1/secrets", "/api/v1/pods", "/api/v1/configmaps", "/apis/apps/v1/deployments"])
      assert.equal(await answer("kube-proxy", path), "403", path);
    assert.equal(await answer("kube-proxy", "/api/v1/nodes/k4", ...patch({ metadata: { labels: { a: "b" } } })), "403");
  });

  test("a stolen worker is shut out as the page says: its agent and kubelet write nothing, and its node stays gone", async () => {
    const page = await readCommands(new URL("../recovery/README.md", import.meta.url), "A worker was stolen");
    const policy = /<<END\n([^]*?)^END$/m.exec(page)?.[1]?.replaceAll("$host", "k4") ?? "";
    const file = join(cluster.directory, "stolen.yaml");
    await writeFile(file, policy);
    const harmless = patch({ metadata: { labels: { disk: "fast" } } });
    assert.equal(await answer("agent", "/api/v1/nodes/k4", ...harmless), "200");

    await cluster.kubectl("apply", "-f", file);
    // each API server hears of the policy by itself, and the kubelet may be answered by any
    for (const host of controlPlane)
      await soon(
        `the agent is shut out of ${host.name}`,
        async () => (await answerOf(host, "agent", "/api/v1/nodes/k4", ...harmless)) === "422",
      );
    await cluster.kubectl("delete", "node", "k4");
    await k4.docker("restart", "kubelet");
    const said = async (): Promise<boolean> => {
      const { stdout, stderr } = await k4.tryDocker(["logs", "--tail", "300", "kubelet"]);
      return /Unable to register node.*this host was stolen/.test(stdout + stderr);
    };
    await soon("the kubelet's node is refused", said);
    assert.equal(await get("node", "k4"), "");

    await cluster.kubectl("delete", "-f", file);
    await cluster.ready([k4], deadlineMs);
    await soon("labels and taints are as configured", isAsConfigured);
  });

  test("a worker is removed: drained, its Node deleted, its host reset; nothing of it stays", async () => {
    await cluster.kubectl("drain", "k4", "--ignore-daemonsets", "--timeout=60s");
    await set({ "hosts.k4": undefined, "kubelets.workers": undefined });
    await cluster.planner("split");
    await cluster.deliver(...controlPlane);
    await cluster.nudge(...controlPlane);
    const reset = await k4.docker("exec", agentContainer, "/flexkube-agent", "reset", "--data");
    await cluster.kubectl("delete", "node", "k4");
    await cluster.settled(controlPlane, deadlineMs);

    assert.match(reset, /^reset; apply brings everything back$/m);
    await soon("no container is left but the agent, nor a helper of its last look", async () =>
      assert.equal((await k4.docker("ps", "-a", "--format", "{{.Names}}")).trim(), agentContainer),
    );
    assert.equal((await k4.exec("sh", "-c", "find /etc/kubernetes -type f 2>/dev/null || true")).trim(), "");
    assert.equal((await k4.exec("sh", "-c", "ls /var/lib/kubelet 2>/dev/null || true")).trim(), "");
    for (const host of controlPlane)
      await soon(`${host.name} has no route to k4`, async () => !(await routesTo(k4, host)));
    assert.equal(await get("node", "k4"), "");
  });

  test("manifests and a release are applied by one host, and by another when that one is off", async () => {
    const holder = async (): Promise<string> =>
      get("-n", "kube-system", "lease", "flexkube-applier", "-o", "jsonpath={.spec.holderIdentity}");
    const valueOf = async (name: string): Promise<string> => get("configmap", name, "-o", "jsonpath={.data.key}");
    const objects = (value: string): Readonly<Record<string, unknown>> => ({
      manifests: { mine: { content: value === "one" ? `${settings(value)}---\n${more}` : settings(value) } },
      helmReleases: { store: { chart: "store.tgz", namespace: "default", values: { value }, timeout: "2m" } },
    });
    const appliedBy = async (host: LabHost): Promise<boolean> => {
      const { stdout, stderr } = await host.tryDocker(["logs", agentContainer]);
      return /"step":"(apply manifest user-mine|install release store)/.test(stdout + stderr);
    };

    // no agent is restarted: one that ends lets go of the lease, and another would go on with what it has begun
    await set(objects("one"));
    await cluster.planner("split");
    await cluster.deliver(...controlPlane);
    await cluster.settled(controlPlane, deadlineMs);
    assert.deepEqual([await valueOf("settings"), await valueOf("store")], ["one", "one"]);
    const first = await holder();
    const appliers = await Promise.all(controlPlane.map(appliedBy));
    assert.deepEqual(
      controlPlane.filter((_, index) => appliers[index]).map(({ name }) => name),
      [first],
    );

    // away from the host whose API server kubectl asks
    const victim = cluster.lab.host(first);
    const others = controlPlane.filter((host) => host !== victim);
    const through = others[0];
    assert.ok(through !== undefined);
    const there = async (...args: readonly string[]): Promise<string> =>
      (await cluster.kubectlOn(through, "get", "--ignore-not-found", ...args)).trim();
    await victim.kill();
    await set(objects("two"));
    await cluster.planner("split");
    await cluster.deliver(...others);

    for (const name of ["settings", "store"])
      await soon(
        `${name} is changed by another host`,
        async () => (await there("configmap", name, "-o", "jsonpath={.data.key}")) === "two",
      );
    await soon("what the manifest no longer holds is gone", async () => (await there("configmap", "more")) === "");
    const second = await there(
      "-n",
      "kube-system",
      "lease",
      "flexkube-applier",
      "-o",
      "jsonpath={.spec.holderIdentity}",
    );
    assert.ok(
      others.some(({ name }) => name === second),
      second,
    );
  });
});
