// Killed before each change of the engine or of the Kubernetes API while it works at objects of the cluster and at its
// Node: it converges to the same end, nothing that was made is forgotten, and no container of a tool is left.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isFakeCrash } from "#agent/engine/fake/fake-faults.ts";
import { recordPath } from "#agent/kubernetes/applied-record.ts";
import { at } from "#shared/json-fields.ts";
import { applierPath } from "#agent/kubernetes/applier-lease.ts";
import { apiSecrets } from "#agent/testing/api-secrets.ts";
import { converge } from "#agent/testing/converge.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { helmImage, helmMs, kubectlImage } from "#agent/testing/fake-tools.ts";

const secrets = apiSecrets("applier");
const node = "/api/v1/nodes/h1";
const api = { server: "https://127.0.0.1:7443", certificate: "kubernetes/applier.crt", key: "kubernetes/applier.key" };

type Wish = {
  readonly manifests: Readonly<Record<string, readonly string[]>>;
  readonly release?: number;
  readonly role: string;
};

function config({ manifests, release, role }: Wish): string {
  const text = (names: readonly string[]): string =>
    names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`).join("---\n");
  const contents = Object.entries(manifests).map(([name, names]) => [name, { content: text(names) }] as const);
  const releases = release === undefined ? {} : { web: { namespace: "apps", chart: "chart", values: { release } } };
  return JSON.stringify({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    node: { name: "h1", api, labels: { role } },
    clusterObjects: { api, kubectlImage, helmImage, manifests: Object.fromEntries(contents), releases },
    secrets: { ...secrets, chart: "H4sIAAAAAAAAAw==" },
  });
}

const before: Wish = { manifests: { a: ["one", "two"], b: ["three"] }, release: 1, role: "old" };
const scenarios: Readonly<Record<string, { readonly before?: Wish; readonly after: Wish }>> = {
  "first apply": { after: before },
  "changes of all kinds": {
    before,
    after: { manifests: { a: ["one"], c: ["three", "four"] }, release: 2, role: "new" },
  },
  "removal of all": { before, after: { manifests: {}, role: "old" } },
};

async function prepare(scenario: { readonly before?: Wish; readonly after: Wish }): Promise<FakeHost> {
  const host = createFakeHost();
  host.kubernetes.edit(node, {});
  if (scenario.before !== undefined) {
    host.give(config(scenario.before));
    await converge(host, pace);
  }
  host.give(config(scenario.after));
  return host;
}

/** A dead agent changes nothing at the API either. */
function countChanges({ kubernetes, engine }: FakeHost): void {
  kubernetes.beforeChange = (what) => {
    const place = engine.faults.enter({ method: "step", mutating: true, subject: what });
    if (place !== undefined) engine.faults.die();
  };
}

const pace = { ticks: 20, everyMs: helmMs };

/** Everything that should be equal in the end, however often the agent died. */
function world({ kubernetes, engine }: FakeHost): unknown {
  const objects = kubernetes.paths
    .filter((path) => path !== applierPath && !path.includes("helm.release"))
    .map((path) => [path, at(kubernetes.object(path), "metadata", "labels")]);
  const record = Object.entries(at(kubernetes.object(recordPath), "data") ?? {});
  // uids and revisions differ
  const remembered = record.map(([key, text]) => [key, String(text).replaceAll(/"(uid|revision)":("[^"]*"|\d+)/g, "")]);
  return { objects, remembered, containers: engine.containers.map(({ name }) => name) };
}

for (const [name, scenario] of Object.entries(scenarios))
  describe(`killed before every change: ${name}`, () => {
    test("each time it converges to the same end", async () => {
      const reference = await prepare(scenario);
      let count = reference.engine.calls.filter((call) => call.mutating).length;
      const changes: string[] = [];
      reference.kubernetes.beforeChange = (what) => void changes.push(what);
      await converge(reference, pace);
      count = reference.engine.calls.filter((call) => call.mutating).length - count + changes.length;
      const expected = world(reference);

      assert.ok(count > 8);
      for (let n = 1; n <= count; n++) {
        const host = await prepare(scenario);
        countChanges(host);
        host.engine.faults.crashAfter(n, "before");
        await converge(host, pace).catch((error: unknown) => {
          if (!isFakeCrash(error)) throw error;
        });
        host.engine.faults.clear();

        await converge(host, pace);

        assert.deepEqual(world(host), expected, `${name}, change ${n}`);
      }
    });
  });
