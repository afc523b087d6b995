// What is said of a host that left the cluster config: what it goes on holding, and until when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine, testNow } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { goneText } from "#planner/split/report/report-gone.ts";
import { heldBy } from "#planner/split/held-by.ts";

const page = "examples/recovery/README.md";
const toDo = `If it is not in your hands, bar its names from the API, then kubectl delete node n1: "A worker was stolen" in ${page}`;
const cluster = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  c1: { address: 10.0.0.1 }
  c2: { address: 10.0.0.2 }
  n1: { address: 10.0.0.3 }
kubernetes: { version: 1.36.3 }
etcd: { hosts: c1 }
controlPlane: { hosts: [c1, c2] }
kubelets: { all: { hosts: all } }
`;

async function without(host: string, before = (_: FakeMachine): void => {}) {
  const machine = fakeMachine(cluster);
  await machine.run("split");
  before(machine);
  machine.put("cluster.yaml", cluster.replace(new RegExp(`^  ${host}: .*\n`, "m"), "").replace(`, ${host}]`, "]"));
  const { stderr } = await machine.run("diff");
  const json: unknown = JSON.parse((await machine.run("diff", "--json")).stdout);
  return { machine, lines: stderr.split("\n").filter((line) => line.startsWith("  ")), json };
}

const worker = await without("n1");
const config = worker.machine.hosts()["n1"];
assert.ok(config);

test("a worker that left holds certificates until they end, and nothing beyond", () => {
  const { lines, json } = worker;

  assert.deepEqual(lines, [`  n1 holds certificates until 2028-01-01T00:00:00Z. ${toDo}`]);
  assert.partialDeepStrictEqual(json, {
    gone: ["n1"],
    held: [{ host: "n1", certificatesUntil: "2028-01-01T00:00:00Z", secrets: [] }],
  });
});

test("a host of the control plane that left also holds a CA's key and keys that never end, by name", async () => {
  const { lines } = await without("c2");

  assert.deepEqual(lines, [
    `  c2 holds certificates until 2028-01-01T00:00:00Z, and beyond that kubernetes/ca.key, kubernetes/encryption.yaml, kubernetes/service-account.key. If it is not in your hands, only a new cluster takes that back (split --new-cluster): "An etcd member or a host of the control plane was stolen" in ${page}`,
  ]);
});

test("of a file that is torn nothing is told but that", async () => {
  const { lines, json } = await without("n1", (machine) => {
    machine.put("hosts/n1.yaml", machine.text("hosts/n1.yaml")?.slice(0, 900) ?? "");
  });

  assert.deepEqual(lines, [
    `  what n1 holds cannot be told from that file. If it is not in your hands: "A host was stolen" in ${page}`,
  ]);
  assert.partialDeepStrictEqual(json, { gone: ["n1"], held: [] });
});

test("once its certificates have ended a worker is not told of any more", () => {
  const lines = (now: number): number => goneText({ host: "n1", config }, { out: "hosts", now }).split("\n").length - 1;

  const until = heldBy(config).certificatesUntil;

  assert.ok(until !== undefined && until > testNow);
  assert.deepEqual([lines(until - 1), lines(until)], [2, 1]);
});

test("secrets of one's own count: a key beside its certificate in one text ends with it, all else never", () => {
  const { secrets } = config;
  const [certificate = "", key = ""] = ["crt", "key"].map((part) => secrets[`kubernetes/kubelet-serving.${part}`]);
  const own = {
    both: certificate + key,
    alone: key,
    public: certificate + certificate,
    "broken.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "broken.key": key,
    empty: "",
    word: "correct horse",
    "hash-key": "AAAA",
  };

  const held = heldBy({ secrets: own });

  assert.deepEqual(held.secrets, ["alone", "broken.key", "word"]);
  assert.equal(held.certificatesUntil, heldBy({ secrets: { both: own.both } }).certificatesUntil);
  assert.ok(held.certificatesUntil !== undefined);
});

test("many secrets are counted, not all named", () => {
  const secrets = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`s${index}`, "word"]));

  const text = goneText({ host: "n1", config: { ...config, secrets } }, { out: "hosts", now: testNow });

  assert.equal(text.split("\n")[1], `  n1 holds s0, s1, s2, s3, s4, s5, s6, s7 and 2 more. ${toDo}`);
});

test("a host that leaves the control plane and stays is told with what it had, once", async () => {
  const machine = fakeMachine(cluster);
  await machine.run("split");
  machine.put("cluster.yaml", cluster.replace("controlPlane: { hosts: [c1, c2] }", "controlPlane: { hosts: c1 }"));

  const data: unknown = JSON.parse((await machine.run("diff", "--json")).stdout);
  const { stderr } = await machine.run("split");
  const again = await machine.run("split");

  assert.match(
    stderr,
    /warning: c2 leaves the control plane: its agent removes what it had for that, certificates until 2028-01-01T00:00:00Z, and beyond that kubernetes\/ca\.key, kubernetes\/encryption\.yaml, kubernetes\/service-account\.key\n {2}what was copied from c2 before stays good\. .*a host of the control plane was stolen"/,
  );
  assert.partialDeepStrictEqual(data, { left: [{ host: "c2", leaves: ["the control plane"] }] });
  assert.doesNotMatch(again.stderr, /leaves/);
  assert.doesNotMatch(stderr, /n1 leaves|c1 leaves/);
});
