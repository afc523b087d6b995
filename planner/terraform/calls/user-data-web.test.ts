// User-data of machines that take their host config from a web server: the planner's own document, and each fault at its attribute.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import type { Value } from "#planner/terraform/wire/value.ts";
import { isMap, readValue, unknown, writeValue } from "#planner/terraform/wire/value.ts";
import { readUserData, validateUserData } from "./user-data.ts";
import { userDataAttributes } from "./user-data-words.ts";

type Values = Readonly<Record<string, Value>>;

const nothing: Values = Object.fromEntries(Object.keys(userDataAttributes).map((name) => [name, null]));
const url = "https://configs.example.org/{host}.age";

/** What a split --seal has made, and an attribute of each kind. */
async function sealedCluster() {
  const machine = fakeMachine(smallCluster);
  assert.equal((await machine.run("split", "--seal")).code, 0);
  const kept = (path: string): string => Buffer.from(machine.pki.get(path)?.bytes ?? assert.fail(path)).toString();
  const certificates = [...machine.pki.values()].flatMap(
    ({ bytes }) =>
      /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(Buffer.from(bytes).toString())?.[0] ?? [],
  );
  const [authorities = assert.fail()] = certificates;
  machine.put("ca.pem", authorities);
  const sealed = machine.files.get("sealed/h1.age")?.bytes ?? assert.fail();
  const web = { host: "h1", config_urls: [url], config_signers: kept("pki/delivery/signer.pub") };
  const boot = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await machine.run("boot", "h1", "--config-url", url, ...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  return { web, authorities, key: kept("pki/delivery/hosts/h1.key"), sealed: Buffer.from(sealed), boot };
}

function asked(values: Values) {
  return { type_name: "flexkube_user_data", config: writeValue({ ...nothing, ...values }) };
}

function renderedOf(values: Values): Value | undefined {
  const { state, diagnostics } = readUserData(asked(values));
  assert.deepEqual(diagnostics, []);
  const read = readValue(state);
  assert.ok(isMap(read));
  return read["rendered"];
}

test("it is the planner's document, byte for byte, with URL, signer and CA, and with the key only where that was given", async () => {
  const { web, authorities, key, boot } = await sealedCluster();

  for (const format of ["cloud-init", "ignition", "script"]) {
    const plain = renderedOf({ ...web, format, config_ca: authorities });
    assert.equal(plain, await boot("--format", format, "--config-ca", "ca.pem"));
    assert.equal(plain.includes(key.trim()), false);
    assert.equal(renderedOf({ ...web, format, identity: key }), await boot("--format", format, "--identity"));
  }
});

test("a sealed file may be the first one, as it lies there or in armor", async () => {
  const { web, sealed, boot } = await sealedCluster();
  const base64 = sealed.toString("base64");
  const lines = base64.replaceAll(/.{64}/g, "$&\n").trimEnd();
  const armored = `-----BEGIN AGE ENCRYPTED FILE-----\n${lines}\n-----END AGE ENCRYPTED FILE-----\n`;

  const asItLies = renderedOf({ ...web, host_config_base64: base64, format: "script" });
  const inArmor = renderedOf({ ...web, host_config: armored, format: "script" });

  assert.equal(asItLies, await boot("--format", "script", "--config", "sealed/{host}.age"));
  assert.ok(typeof inArmor === "string");
  assert.ok(inArmor.includes(armored), inArmor);
});

test("while anything that is said is not known, neither is the document", async () => {
  const { web, key, authorities } = await sealedCluster();
  const all = { ...web, config_ca: authorities, identity: key };

  assert.equal(typeof renderedOf(all), "string");
  for (const name of Object.keys(all)) assert.equal(renderedOf({ ...all, [name]: unknown }), unknown, name);
});

test("what no agent could start with is refused at its attribute, and what is not known yet is not", async () => {
  const { web, sealed, key } = await sealedCluster();
  const of = (values: Values): readonly string[] =>
    validateUserData(asked(values)).diagnostics.map(
      ({ attribute, summary }) => `${attribute?.steps[0]?.attribute_name}: ${summary}`,
    );
  const base64 = sealed.toString("base64");
  const unsealed = "it is not sealed, and what a web server brings is";
  const cases: readonly (readonly [Values, readonly string[]])[] = [
    [
      { ...web, config_urls: ["http://a/h1.age"] },
      ["config_urls: expected a URL that begins with https://; {host} in it stands for the host's name"],
    ],
    [{ ...web, config_urls: [] }, ["config_urls: it is empty"]],
    [{ ...web, config_signers: null }, ["config_signers: it is not said whom the host believes"]],
    [
      { ...web, config_signers: "no key" },
      ["config_signers: expected public keys of ed25519 in PEM: whom hosts believe"],
    ],
    [{ ...web, config_ca: web.config_signers }, ["config_ca: no certificate stands in it"]],
    [
      { ...web, identity: "AGE-SECRET-KEY-1X" },
      ["identity: expected one key of age, as pki/delivery/hosts/<host>.key has it"],
    ],
    [{ ...web, agent_options: ["--config-ca=x"] }, ["agent_options: --config-ca does not go with config_urls"]],
    [{ ...web, host_config: "kind: Host\n" }, [`host_config: ${unsealed}`]],
    [
      { ...web, host_config_base64: "a2luZDo=" },
      ["host_config_base64: it is not sealed: give a host config that holds keys as host_config"],
    ],
    [{ ...web, host_config_base64: "age" }, ["host_config_base64: it is no base64"]],
    [
      { host: "h1", host_config: "kind: Host\n", host_config_base64: base64 },
      ["host_config_base64: host_config is there too"],
    ],
    [{ host: "h1" }, ["host_config: it is missing"]],
    [
      { host: "h1", host_config: "kind: Host\n", config_signers: web.config_signers, config_ca: "x", identity: key },
      [
        "config_signers: it is for hosts that have config_urls",
        "config_ca: it is for hosts that have config_urls",
        "identity: it is for hosts that have config_urls",
      ],
    ],
    [{ ...web, config_urls: unknown, config_signers: unknown, config_ca: unknown, identity: unknown }, []],
    [{ ...web, host_config: unknown }, []],
  ];
  for (const [values, faults] of cases) {
    assert.deepEqual(of(values), faults);
    assert.equal(JSON.stringify(of(values)).includes("AGE-SECRET"), false);
  }
});

test("a document that is too large is told where no host config is in it too", async () => {
  const { web } = await sealedCluster();
  const { diagnostics } = readUserData(asked({ ...web, max_bytes: 100 }));

  assert.deepEqual(
    diagnostics.map(({ attribute }) => attribute?.steps[0]?.attribute_name),
    ["max_bytes"],
  );
});
