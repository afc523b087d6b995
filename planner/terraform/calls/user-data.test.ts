import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { withMark } from "#shared/delivery/delivery-mark.ts";
import { bootFiles } from "#planner/boot/boot-files.ts";
import { version } from "#shared/version.ts";
import type { Value } from "#planner/terraform/wire/value.ts";
import { isMap, readValue, unknown, writeValue } from "#planner/terraform/wire/value.ts";
import { callHosts } from "./hosts-function.ts";
import { readUserData, validateUserData } from "./user-data.ts";
import { userDataAttributes } from "./user-data-words.ts";

type Values = Readonly<Record<string, Value>>;

const nothing: Values = Object.fromEntries(Object.keys(userDataAttributes).map((name) => [name, null]));
const k1 = { host: "k1", host_config: "# Host k1\nkind: Host\n" };

function asked(values: Values) {
  return { type_name: "flexkube_user_data", config: writeValue({ ...nothing, ...values }) };
}

function told(values: Values): Values {
  const { state, diagnostics } = readUserData(asked(values));
  assert.deepEqual(diagnostics, []);
  const read = readValue(state);
  assert.ok(isMap(read));
  return read;
}

const hostsOf = (config: Value) => callHosts({ name: "hosts", arguments: [writeValue(config)] });

test("it is the document of flexkube-planner boot, and the same packed", () => {
  const wish = {
    format: "cloud-init",
    agent: { image: `flexkube-agent:${version}`, options: [] },
    packing: "none",
  } as const;
  const [file] = bootFiles(
    { name: "k1", files: [{ path: "/etc/flexkube/host.yaml", bytes: Buffer.from(k1.host_config) }] },
    wish,
  );

  const { rendered, gzip_base64: packed } = told(k1);

  assert.equal(rendered, Buffer.from(file?.bytes ?? "").toString());
  assert.ok(typeof packed === "string");
  assert.equal(gunzipSync(Buffer.from(packed, "base64")).toString(), rendered);
});

test("a host of no name, and a null among options, are told at their attributes", () => {
  for (const host of ["", "a b", "../k1", "K1"])
    assert.deepEqual(validateUserData(asked({ ...k1, host })).diagnostics[0]?.attribute, {
      steps: [{ attribute_name: "host" }],
    });
  assert.throws(() => validateUserData(asked({ ...k1, agent_options: [null] })), {
    details: { argument: "agent_options", reason: "one of its values is null" },
  });
});

test("of Ignition, which unpacks none, there is nothing packed", () => {
  const { rendered, gzip_base64: packed } = told({ ...k1, format: "ignition" });

  assert.equal(packed, null);
  assert.ok(typeof rendered === "string");
  assert.doesNotThrow(() => JSON.parse(rendered));
});

test("image and options of the agent stand in it", () => {
  const { rendered } = told({ ...k1, image: "example.org/agent:1", agent_options: ["--log-level=debug"] });

  assert.ok(typeof rendered === "string");
  assert.match(rendered, /example\.org\/agent:1 run .*--log-level=debug/);
});

test("while the host config is not known, neither is the document", () => {
  const { rendered, gzip_base64: packed } = told({ ...k1, host_config: unknown });

  assert.deepEqual([rendered, packed], [unknown, unknown]);
});

test("what cannot be is refused at its attribute", () => {
  const of = (values: Values) =>
    validateUserData(asked({ ...k1, ...values })).diagnostics.map(
      ({ attribute }) => attribute?.steps[0]?.attribute_name,
    );

  assert.deepEqual(of({ format: "nocloud" }), ["format"]);
  assert.deepEqual(of({ image: "no image" }), ["image"]);
  assert.deepEqual(of({ agent_options: ["--host=k2", "debug"] }), ["agent_options", "agent_options"]);
  assert.deepEqual(of({ max_bytes: 0.5 }), ["max_bytes"]);
  assert.deepEqual(of({ host_config: "" }), ["host_config"]);
  const others = withMark("kind: Host\n", { cluster: "demo", host: "k2", generation: 1 });
  assert.deepEqual(of({ host_config: others }), ["host_config"]);
});

test("a document that is too large is refused, with both sizes", () => {
  const { diagnostics } = readUserData(asked({ ...k1, max_bytes: 100 }));

  assert.match(diagnostics[0]?.summary ?? "", /^the document has [0-9,]+ bytes, and at most 100 bytes are allowed$/);
});

test("the hosts of a config are told in their order, also while something else in it is wrong", () => {
  const config =
    "apiVersion: flexkube/v1alpha1\nkind: Cluster\nname: demo\nhosts:\n  b: { address: 10.0.0.2 }\n  a: { address: 10.0.0.1 }\n";

  for (const text of [config, `${config}unknown: 1\n`]) {
    const answer = hostsOf(text);
    assert.ok("result" in answer);
    assert.deepEqual(readValue(answer.result), ["b", "a"]);
  }
});

test("what is no cluster config is refused at the argument, with its line", () => {
  const answer = hostsOf("hosts: [\n");

  assert.ok("error" in answer);
  assert.equal(answer.error.function_argument, 0);
  assert.match(answer.error.text, /^line [0-9]+, column [0-9]+: /);
});
