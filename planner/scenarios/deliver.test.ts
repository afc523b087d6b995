// deliver: what is written to the cluster, and what is said of what the agents answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { ApiCall } from "#planner/io/https-api.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";

async function sealedMachine(): Promise<FakeMachine> {
  const machine = fakeMachine(kubernetesCluster, { tickMs: 10_000 });
  const { code, stderr } = await machine.run("split", "--seal");
  assert.equal(code, 0, stderr);
  return machine;
}

/** An API whose agents have said this, by host; what was asked of it, with what was applied. */
function api(machine: FakeMachine, said: Readonly<Record<string, string>>): ApiCall[] {
  const calls: ApiCall[] = [];
  machine.serve(async (_, call) => {
    calls.push(call);
    const host = call.path.split("/").at(-1) ?? "";
    const node = { metadata: { annotations: { "flexkube.io/delivered": said[host] } } };
    return Promise.resolve({ status: 200, body: JSON.stringify(node) });
  });
  return calls;
}

test("the sealed file of each host becomes its Secret, applied by the server, and the agents' word is told", async () => {
  const machine = await sealedMachine();
  const calls = api(machine, { h1: "1 applied" });

  const { code, stdout } = await machine.run("deliver", "h1");

  assert.equal(code, 0);
  assert.equal(stdout, "h1: generation 1 delivered\nh1: generation 1 applied\n");
  assert.equal(
    calls[0]?.path,
    "/api/v1/namespaces/flexkube-delivery/secrets/h1?fieldManager=flexkube-planner&force=true",
  );
  assert.deepEqual(calls[0]?.apply, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "h1", namespace: "flexkube-delivery", annotations: { "flexkube.io/generation": "1" } },
    type: "Opaque",
    data: { "host.age": Buffer.from(machine.files.get("sealed/h1.age")?.bytes ?? []).toString("base64") },
  });
});

for (const [said, told] of [
  ["1 refused:SEALED_OTHER_KEY", /h1: generation 1 refused: SEALED_OTHER_KEY/],
  ["1 rolled-back", /h1: generation 1 did not work and was taken back/],
  ["2 applied", /h1: generation 2 is there already, which is newer/],
  ["0 applied", /h1: generation 1 has not been acknowledged/],
  ["garbage", /h1: generation 1 has not been acknowledged/],
] as const)
  test(`what is not applied ends with 70: ${said}`, async () => {
    const machine = await sealedMachine();
    api(machine, { h1: said });

    const { code, stdout, stderr } = await machine.run("deliver", "h1", "--wait", "1m");

    assert.equal(code, 70);
    assert.match(stdout + stderr, told);
  });

test("a file that is not what was sealed last, no sealed file, and a host without a kubelet are refused before anything is sent", async () => {
  const machine = await sealedMachine();
  const calls = api(machine, {});
  machine.put("sealed/h1.age", "other");

  assert.match((await machine.run("deliver", "h1")).stderr, /not what the last split has sealed/);
  machine.files.delete("sealed/h1.age");
  assert.match((await machine.run("deliver", "h1")).stderr, /split --seal first/);
  assert.match(
    (await machine.run("deliver", "h9")).stderr,
    /h9: no host of the cluster config; another config is said by --config/,
  );
  for (const [option, value] of [
    ["--wait", "1m"],
    ["--server", "https://a"],
  ] as const) {
    const both = await machine.run("deliver", "--out", "secrets", option, value);
    assert.deepEqual([both.code, both.stderr.includes(`${option}: with --out no API is asked`)], [64, true]);
  }
  assert.deepEqual(calls, []);
});

test("the sealed files of a split before the last one are refused: one that was cut short left them", async () => {
  const machine = await sealedMachine();
  const [text, bytes] = ["pki/delivery/sealed.json", "sealed/h1.age"].map((path) => machine.files.get(path));
  machine.put("cluster.yaml", `${kubernetesCluster}agent: { interval: 20s }\n`);
  const { code, stderr } = await machine.run("split");
  assert.equal(code, 0, stderr);
  machine.files.set("pki/delivery/sealed.json", text ?? assert.fail());
  machine.files.set("sealed/h1.age", bytes ?? assert.fail());

  const late = await machine.run("deliver", "h1", "--out", "secrets");

  assert.equal(late.code, 65);
  assert.match(late.stderr, /sealed\/h1\.age: it is of generation 1, and the last split made 2; split again/);
});

test("without an API the Secrets are files, and with one that does not answer the code is its own", async () => {
  const machine = await sealedMachine();

  assert.equal((await machine.run("deliver", "h1", "--out", "secrets")).code, 0);
  assert.match(machine.text("secrets/h1.yaml") ?? "", /^# Sealed host config of h1\napiVersion: v1\nkind: Secret\n/);
  const { code, stderr } = await machine.run("deliver", "h1");
  assert.deepEqual([code, /nothing listens there/.test(stderr)], [69, true]);
});

test("--out replaces Secrets that it has written, and neither host configs nor other files", async () => {
  const machine = await sealedMachine();
  const before = machine.text("hosts/h1.yaml");

  const { code, stderr } = await machine.run("deliver", "h1", "--out", "hosts");

  assert.deepEqual([code, machine.text("hosts/h1.yaml")], [64, before]);
  assert.match(stderr, /hosts\/h1\.yaml: another file is there; name another directory/);
  for (const _ of ["once", "again"]) assert.equal((await machine.run("deliver", "h1", "--out", "secrets")).code, 0);
});

test("a sealed cluster lets each agent read its own Secret, and no other cluster has these rules", async () => {
  const sealed = await sealedMachine();
  const plain = fakeMachine(kubernetesCluster);
  await plain.run("split");
  const all = (machine: FakeMachine): string => JSON.stringify(Object.values(machine.hosts()));

  assert.match(all(sealed), /flexkube-agent:h1/);
  assert.match(all(sealed), /"delivery":\{[^}]*"kubernetes":\{"secret":"h1"\}/);
  const word = "flexkube-delivery";
  assert.deepEqual([all(sealed).includes(word), all(plain).includes(word)], [true, false]);
  // agents say at their Nodes what is in force, however it came
  for (const machine of [sealed, plain]) assert.match(all(machine), /k == \\"flexkube.io\/delivered\\"/);
});
