import assert from "node:assert/strict";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import type { Values } from "#planner/terraform/testing/fake-core.ts";
import { ownValue } from "#shared/own-value.ts";
import { errorsIn, fakeCore, textIn } from "#planner/terraform/testing/fake-core.ts";
import { isMap, unknown } from "#planner/terraform/wire/value.ts";
import type { Value } from "#planner/terraform/wire/value.ts";

const small = { config: smallCluster };
const changed = { config: smallCluster.replace("nginx:1.29", "nginx:1.30") };
const larger = { config: smallCluster.replace("hostGroups", "  h4: { address: 10.0.0.4 }\nhostGroups") };
const hourMs = 3_600_000;

async function sealed(): Promise<Values> {
  const identity = await generateX25519Identity();
  return { recipients: [await identityToRecipient(identity)], identity_wo: identity };
}

function entry(value: Value | undefined, key: string): Value | undefined {
  return value !== undefined && isMap(value) ? ownValue(value, key) : undefined;
}

test("what is planned is what is applied, and a second plan changes nothing", async () => {
  const core = fakeCore();

  await core.apply(small);
  const again = await core.plan(small);

  assert.equal(again.isChange, false);
  assert.deepEqual(errorsIn(again.diagnostics), []);
});

test("a founding says so, and what each agent will do is known before keys are", async () => {
  const { values, diagnostics } = await fakeCore().plan(small);

  assert.match(diagnostics.map(({ summary }) => summary).join("\n"), /founds the cluster demo/);
  assert.deepEqual(entry(values["preview"], "h1"), [
    "create etcd-h1 from quay.io/coreos/etcd:v3.6.16 start=new (not there)",
    "create api-load-balancer-main from haproxy:3.2-alpine (not there)",
  ]);
  assert.equal(values["pki"], unknown);
  assert.equal(entry(values["host_configs"], "h1"), unknown);
});

test("a change that needs no new key is known to the last byte, host by host", async () => {
  const core = fakeCore();
  await core.apply(small);
  const before = core.state();

  const { values } = await core.apply(changed);

  assert.deepEqual(values["generations"], { h1: 1, h2: 2, h3: 2 });
  assert.deepEqual(entry(values["preview"], "h1"), ["nothing to do"]);
  assert.deepEqual(entry(values["preview"], "h2"), [
    "fetch image nginx:1.30 (not there)",
    "rename web to web.old (image changed from nginx:1.29 to nginx:1.30)",
    "update web restart=no (image changed from nginx:1.29 to nginx:1.30)",
    "create web from nginx:1.30 (image changed from nginx:1.29 to nginx:1.30)",
    "stop web within 10s (image changed from nginx:1.29 to nginx:1.30)",
    "start web (image changed from nginx:1.29 to nginx:1.30)",
    "wait until web is healthy, at most 60s (image changed from nginx:1.29 to nginx:1.30)",
    "remove the old web (its successor works)",
  ]);
  assert.equal(entry(values["host_hashes"], "h1"), entry(before?.["host_hashes"], "h1"));
  assert.deepEqual(values, core.state());
});

test("a certificate that is due is renewed without a change of the config, and said", async () => {
  const core = fakeCore();
  await core.apply(small);
  core.clock.now += 400 * 24 * hourMs;

  const { values } = await core.apply(small);
  const again = await core.plan(small);

  assert.match(JSON.stringify(values["pki_changes"]), /etcd\/h1-peer: (?:half|two thirds) of its life/);
  assert.equal(again.isChange, false);
});

test("what is wrong in the config is told at the attribute, with its line and column", async () => {
  const diagnostics = await fakeCore().validate({ config: smallCluster.replace("hosts: h1", "hosts: h9") });

  const [first] = errorsIn(diagnostics);
  assert.deepEqual(first?.attribute?.steps, [{ attribute_name: "config" }]);
  assert.match(first?.detail ?? "", /^config, line 11, column 10$/m);
});

test("inputs that do not go together are refused before anything is made", async () => {
  const { identity_wo: _, ...somebody } = await sealed();
  const recipients: Values = { ...somebody, pki_directory: "pki" };
  const of = async (more: Values) =>
    (await fakeCore().validate({ ...small, ...more })).map(({ attribute }) => attribute?.steps[0]?.attribute_name);

  assert.deepEqual(await of(recipients), ["recipients", "identity_wo"]);
  assert.deepEqual(await of({ hosts_directory: "hosts" }), ["hosts_directory"]);
  assert.deepEqual(await of({ recipients: [], identity_wo: "AGE-SECRET-KEY-1" }), ["recipients"]);
  assert.deepEqual(await of({ recipients: unknown, identity_wo: unknown }), []);
});

test("a config that is not known yet leaves everything unknown but the inputs", async () => {
  const core = fakeCore();

  const { values, diagnostics } = await core.plan({ config: unknown });

  assert.deepEqual(diagnostics, []);
  assert.deepEqual([values["bootstrapped"], values["preview"], values["id"]], [false, unknown, unknown]);
});

test("in a directory lies what the planner keeps there, and no key in state or plan", async () => {
  const core = fakeCore();
  const config = { ...small, pki_directory: "keys/pki" };

  await core.apply(config);
  await core.apply({ ...config, ...changed });
  const again = await core.plan({ ...config, ...changed });

  assert.equal(again.isChange, false);
  assert.ok(core.pki.files.has("/work/keys/pki/etcd/ca.key"));
  assert.ok(core.disk.files.has("/work/keys/hosts/h1.yaml"));
  assert.doesNotMatch(core.written(), /PRIVATE KEY/);
});

test("sealed keys and their identity are in neither state nor plan", async () => {
  const core = fakeCore();
  const config = { ...small, ...(await sealed()) };

  await core.apply(config);
  await core.apply({ ...config, ...larger });
  const again = await core.plan({ ...config, ...larger });

  assert.equal(again.isChange, false);
  assert.doesNotMatch(core.written(), /PRIVATE KEY|AGE-SECRET-KEY/);
  assert.match(JSON.stringify(core.state()?.["sealed_pki"]), /^"-----BEGIN AGE ENCRYPTED FILE-----/);
});

test("what another identity, or none, cannot open is not made anew", async () => {
  const core = fakeCore();
  const config = { ...small, ...(await sealed()) };
  await core.apply(config);

  const other = await core.apply({ ...config, identity_wo: await generateX25519Identity() });
  const none = await core.apply({ ...small, identity_wo: null });

  for (const { diagnostics } of [other, none])
    assert.deepEqual(
      errorsIn(diagnostics).map(({ attribute }) => attribute?.steps[0]?.attribute_name),
      ["identity_wo"],
    );
});

test("an identity that cannot open what would be sealed is refused before it is", async () => {
  const core = fakeCore();
  const config = { ...small, ...(await sealed()), identity_wo: await generateX25519Identity() };

  const { diagnostics } = await core.apply(config);

  assert.match(errorsIn(diagnostics)[0]?.summary ?? "", /opens none/);
  assert.equal(core.state(), null);
});

test("recipients, an identity and directories that cannot be meant are told by the plan already", async () => {
  const lock = await sealed();
  const identity_wo = lock["identity_wo"] ?? null;
  for (const [values, attribute] of [
    [{ recipients: ["age1x"], identity_wo }, "recipients"],
    [{ recipients: [identity_wo], identity_wo }, "recipients"],
    [{ ...lock, identity_wo: await generateX25519Identity() }, "identity_wo"],
    [{ ...lock, identity_wo: "" }, "identity_wo"],
    [{ pki_directory: "pki", hosts_directory: "./pki/" }, "hosts_directory"],
  ] as const) {
    const { diagnostics } = await fakeCore().plan({ ...small, ...values });
    const [first] = errorsIn(diagnostics);
    assert.deepEqual(first?.attribute, { steps: [{ attribute_name: attribute }] });
    assert.ok(!JSON.stringify(diagnostics).includes(textIn(identity_wo)));
  }
});

test("a null among recipients is told at them, and is no bug", async () => {
  const core = fakeCore();

  await assert.rejects(core.plan({ ...small, ...(await sealed()), recipients: [null] }), {
    details: { argument: "recipients", reason: "one of its values is null" },
  });
});

test("an import of a directory without keys is refused: the next plan would found a second cluster", async () => {
  const core = fakeCore();
  await core.apply({ ...small, pki_directory: "pki" });

  assert.deepEqual(await core.import("pki"), []);
  for (const id of ["pkl", "", "hosts"])
    assert.match((await core.import(id))[0]?.summary ?? "", /no cluster's keys are in \/work/);
});

test("keys move between state, directory and seal, and stay the same", async () => {
  const core = fakeCore();
  const lock = await sealed();
  await core.apply(small);
  const { ca_certificates: cas, host_hashes: hashes } = core.state() ?? {};

  const opened: Values = { identity_wo: lock["identity_wo"] ?? null };
  const places: readonly Values[] = [
    { pki_directory: "pki" },
    lock,
    opened,
    lock,
    { pki_directory: "/elsewhere/pki", ...opened },
    {},
  ];
  for (const place of places) {
    const { diagnostics } = await core.apply({ ...small, ...place });
    assert.deepEqual(errorsIn(diagnostics), []);
    const state = core.state();
    assert.deepEqual([state?.["ca_certificates"], state?.["host_hashes"]], [cas, hashes]);
  }
  assert.deepEqual(core.state()?.["preview"] !== null, true);
});

test("keys that are gone are asked for, never made a second time", async () => {
  const core = fakeCore();
  const config = { ...small, pki_directory: "pki" };
  await core.apply(config);
  core.pki.files.clear();
  core.disk.files.clear();

  const { diagnostics } = await core.apply(config);

  assert.match(errorsIn(diagnostics)[0]?.summary ?? "", /the CA etcd is another one than the state knows/);
  assert.equal(core.pki.files.size, 0);
});

test("an older copy of the keys' directory is refused", async () => {
  const core = fakeCore();
  const config = { ...small, pki_directory: "pki" };
  await core.apply(config);
  const [pki, disk] = [new Map(core.pki.files), new Map(core.disk.files)];
  await core.apply({ ...config, ...changed });
  core.pki.files.clear();
  core.disk.files.clear();
  for (const [path, file] of pki) core.pki.files.set(path, file);
  for (const [path, file] of disk) core.disk.files.set(path, file);

  const { diagnostics } = await core.apply(config);

  assert.match(errorsIn(diagnostics)[0]?.summary ?? "", /older than the state: h2 would get generation 1 after 2/);
});

test("keys of a state do not go where other files lie", async () => {
  const core = fakeCore();
  await core.apply(small);
  core.disk.files.set("/work/pki/state.yaml", { bytes: Buffer.from("other"), mode: 0o600 });

  const { diagnostics } = await core.apply({ ...small, pki_directory: "pki" });

  assert.match(errorsIn(diagnostics)[0]?.detail ?? "", /\/work\/pki\/state\.yaml/);
});

test("what a killed move of keys left half written is in nobody's way, and goes into no state", async () => {
  const core = fakeCore();
  await core.apply(small);
  for (const name of ["etcd/ca.key.tmp", "etcd/left.key.tmp", ".state.yaml.tmp"])
    core.pki.files.set(`/work/pki/${name}`, { bytes: Buffer.from("half"), mode: 0o600 });

  const { diagnostics } = await core.apply({ ...small, pki_directory: "pki" });
  await core.apply(small);

  assert.deepEqual(errorsIn(diagnostics), []);
  assert.doesNotMatch(JSON.stringify(core.state()?.["pki"]), /\.tmp/);
});

test("a file that the config names is read from the directory that is said, and its change is planned", async () => {
  const core = fakeCore();
  const config = { config: smallCluster.replace("{ content: correct horse }", "{ file: token }"), directory: "module" };
  const put = (text: string): void =>
    void core.disk.files.set("/work/module/token", { bytes: Buffer.from(text), mode: 0o600 });
  put("one");
  await core.apply(config);

  put("two");
  const { values } = await core.plan(config);

  assert.deepEqual(values["generations"], { h1: 1, h2: 2, h3: 2 });
});

test("what was said of a cluster that is up is not taken back", async () => {
  const core = fakeCore();
  await core.apply(small);
  await core.apply({ ...small, bootstrapped: true });

  const { isChange, values } = await core.plan(small);

  assert.deepEqual([isChange, values["bootstrapped"]], [false, true]);
});
