// The README's table of keys is what a split does.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const hosts = { etcd: "e1", "control plane": "c1", nodes: "n1", "": "x1" } as const;
const cluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  e1: { address: 10.0.0.1 }
  c1: { address: 10.0.0.2 }
  n1: { address: 10.0.0.3 }
  x1: { address: 10.0.0.4 }
kubernetes: { version: 1.36.3 }
etcd: { hosts: e1 }
controlPlane: { hosts: c1 }
kubelets: { all: { hosts: n1 } }
`;

/** Id of what lies in pki/, without the ending that certificates and key pairs have → hosts. */
async function table(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(import.meta.dirname, "README.md"), "utf8");
  const rows = text.matchAll(/^\| (`[^|]*) \| ([a-z, ]+) \|[^|]*\|$/gm);
  const entries = [...rows].flatMap(([, files = "", on = ""]) =>
    [...files.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => [file, on.trim()] as const),
  );
  return new Map(entries);
}

function idOf(path: string): string {
  const id = path.replace(/^pki\//, "");
  const isWhole = /\/ca\.(crt|key)$/.test(id) || id === "kubernetes/encryption-keys";
  return (isWhole ? id : id.replace(/\.(crt|key|pub)$/, ""))
    .replace(/hosts\/[^/]+\//, "hosts/<host>/")
    .replace(/^etcd\/[^/]+-(server|peer)$/, "etcd/<host>-$1");
}

test("the table of keys names every file of pki/ and the hosts that get it", async () => {
  const machine = fakeMachine(cluster);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  const secrets = Object.entries(machine.hosts()).map(
    ([host, config]) => [host, Object.values(config.secrets).join("\n")] as const,
  );

  const found = new Map<string, Set<string>>();
  for (const [path, { bytes }] of machine.pki) {
    const text = Buffer.from(bytes).toString("utf8");
    const needle = path.endsWith("encryption-keys") ? (text.split(/\s/)[1] ?? "") : text;
    const on = secrets.filter(([, values]) => values.includes(needle)).map(([host]) => host);
    found.set(idOf(path), new Set([...(found.get(idOf(path)) ?? []), ...on]));
  }

  const words = (on: ReadonlySet<string>): string =>
    Object.entries(hosts)
      .filter(([, host]) => on.has(host))
      .map(([word]) => word)
      .join(", ") || "nobody";
  assert.deepEqual(new Map([...found].map(([id, on]) => [id, words(on)])), await table());
});
