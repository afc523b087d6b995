// boot --config-url: machines that take their host config from a web server from their first moment, and documents without secrets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { unitCommands } from "#planner/boot/testing/unit-commands.ts";
import { bootFormats } from "#planner/boot/boot-files.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const url = ["--config-url", "https://configs.example.org/{host}.age"];
const certificate = (text: string): string =>
  /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(text)?.[0] ?? "";

/** After a split --seal. */
async function sealedMachine() {
  const machine = fakeMachine(smallCluster);
  const { code, stderr } = await machine.run("split", "--seal");
  assert.equal(code, 0, stderr);
  const pem = [...machine.pki.values()]
    .map(({ bytes }) => certificate(Buffer.from(bytes).toString()))
    .find((text) => text !== "");
  machine.put("ca.pem", `a comment\n${pem}`);
  return { machine, pem: pem ?? "", signer: keptOf(machine, "pki/delivery/signer.pub").split("\n")[1] ?? "" };
}

function keptOf({ pki }: FakeMachine, path: string): string {
  return Buffer.from(pki.get(path)?.bytes ?? assert.fail(path)).toString();
}

const secretsOf = (machine: FakeMachine, host: string): readonly string[] => [
  keptOf(machine, `pki/delivery/hosts/${host}.key`).trim(),
  ...Object.values(machine.hosts()[host]?.secrets ?? assert.fail(host)).flatMap((value) =>
    value.includes("CERTIFICATE") || value.includes("PUBLIC KEY") ? [] : [value.split("\n")[1] ?? value],
  ),
];

test("each format's unit has the URL with the host's name, the CA and the signer; no document has a secret", async () => {
  const { machine, pem, signer } = await sealedMachine();
  const secrets = secretsOf(machine, "h1").filter((secret) => secret !== "");
  assert.ok(secrets.length > 2 && signer !== "" && pem !== "");

  for (const format of bootFormats) {
    const { code, stderr } = await machine.run(
      "boot",
      "--format",
      format,
      "--out",
      `boot-${format}`,
      ...url,
      "--config-ca",
      "ca.pem",
    );

    assert.equal(code, 0, stderr);
    for (const host of Object.keys(machine.hosts())) {
      const made = [...machine.files.keys()].filter((path) => path.startsWith(`boot-${format}/${host}/`));
      const text = made.map((path) => machine.text(path)).join("");
      const words = `--signer ${signer} --config https://configs.example.org/${host}.age --config-ca /etc/flexkube/config-ca.pem`;
      assert.ok(text.includes(words), `${format}: ${text}`);
      assert.ok(text.includes(pem.split("\n")[1] ?? ""), format);
      assert.deepEqual(
        secrets.filter((secret) => text.includes(secret)),
        [],
      );
      assert.doesNotMatch(text, /host\.yaml/);
    }
  }
  const unit = machine.text("boot-systemd/h1/flexkube-agent.service") ?? "";
  assert.ok(
    unitCommands(unit).some((command) => command.at(-1)?.includes(`printf %s '${pem}'`)),
    unit,
  );
});

test("a sealed file may be the first one, beside the server; the limits of sizes hold as ever", async () => {
  const { machine } = await sealedMachine();
  const sealed = machine.files.get("sealed/h1.age")?.bytes ?? assert.fail();
  const args = ["boot", "h1", ...url, "--config", "sealed/{host}.age"];

  const config = await machine.run(...args, "--format", "ignition");
  const large = await machine.run(...args, "--format", "cloud-init", "--max-bytes", "2000");
  const unit = await machine.run(...args, "--format", "systemd");

  assert.match(config.stdout, /run --host h1 .*--config \/etc\/flexkube\/host\.yaml --config https:\/\/configs/);
  const source = /"source":"data:;base64,([^"]+)"/.exec(config.stdout)?.[1] ?? "";
  assert.deepEqual(gunzipSync(Buffer.from(source, "base64")), Buffer.from(sealed));
  assert.equal(large.code, 65);
  assert.match(large.stderr, /^h1\/user-data: [0-9,]+ bytes, and at most 2,000 bytes are allowed/);
  assert.match(unit.stdout, /--config \/etc\/flexkube\/host\.yaml --config https:/);
});

test("the key that was made for a host is in its document only where that was said, and never in a unit alone", async () => {
  const { machine } = await sealedMachine();
  const [key = ""] = secretsOf(machine, "h1");
  const boot = async (...more: readonly string[]) => machine.run("boot", "h1", ...url, ...more);

  assert.ok((await boot("--format", "cloud-init", "--identity")).stdout.includes(key));
  assert.match(
    (await boot("--format", "script", "--identity")).stdout,
    /cat >\/var\/lib\/flexkube\/identity\.key\.new/,
  );
  for (const format of ["systemd", "quadlet"]) {
    const { code, stderr } = await boot("--format", format, "--identity");
    assert.deepEqual([code, /--identity: a unit alone holds no keys/.test(stderr)], [64, true]);
  }
  machine.pki.set("pki/delivery/hosts/h1.key", machine.pki.get("pki/delivery/hosts/h2.key") ?? assert.fail());
  const others = await boot("--format", "script", "--identity");
  assert.deepEqual([others.code, others.stdout], [65, ""]);
  assert.match(others.stderr, /hosts\/h1\.key: it does not open sealed\/h1\.age, as where the host has a recipient/);
  machine.pki.delete("pki/delivery/hosts/h1.key");
  const none = await boot("--format", "script", "--identity");
  assert.deepEqual([none.code, none.stdout], [65, ""]);
  assert.match(none.stderr, /pki\/delivery\/hosts\/h1\.key: it is not there: its key was made on the host/);
});

test("what no agent could start with is refused, and nothing is written", async () => {
  const { machine } = await sealedMachine();
  const writes = machine.writes.length;
  machine.put("key.pem", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n");
  machine.put("broken.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
  machine.put("many.pem", (machine.text("ca.pem") ?? "").repeat(200));
  machine.put("none/delivery/signer.pub", "no key\n");
  machine.put("nokey/delivery/signer.pub", keptOf(machine, "pki/delivery/signer.pub"));
  machine.put("nokey/delivery/hosts/h1.key", "\n");
  for (const [args, code, reason] of [
    ["h1 --config-url https://a/h1.age --pki nokey --identity", 65, /hosts\/h1\.key: expected one key of age/],
    ["h1 --config-url http://a/{host}.age", 64, /--config-url: a URL that begins with https:\/\//],
    ["h1 --config-url sealed/{host}.age", 64, /--config-url: a URL that begins/],
    ["h1 --config-url https://a/{hots}.age", 64, /--config-url: a URL without # in which \{host\} alone stands/],
    ["h1 --config-url https://a/{host}#age", 64, /--config-url: a URL without # in which/],
    ["h1 --config-url https://", 64, /--config-url: a URL that begins/],
    ["--out o --config-url https://a/h1.age", 64, /--config-url: one URL is of one HOST; write \{host\}/],
    ["h1 --config-url https://a/h1.age --config hosts/h1.yaml", 64, /hosts\/h1\.yaml is not sealed/],
    ["h1 --config-url https://a/h1.age --pki elsewhere", 65, /elsewhere\/delivery\/signer\.pub: .*split --seal/],
    ["h1 --config-url https://a/h1.age --pki none", 65, /none\/delivery\/signer\.pub: expected public keys of ed25519/],
    ["h9 --config-url https://a/h9.age", 65, /sealed\/h9\.age: it is not there/],
    ["h1 --config-url https://a/h1.age --config-ca no.pem", 65, /no\.pem: it is not there/],
    ["h1 --config-url https://a/h1.age --config-ca key.pem", 65, /key\.pem: no certificate stands in it/],
    ["h1 --config-url https://a/h1.age --config-ca broken.pem", 65, /broken\.pem: one of its certificates/],
    ["h1 --config-url https://a/h1.age --config-ca many.pem", 65, /many\.pem: it has more than 64 KiB/],
    ["h1 --config-url https://a/h1.age --agent-option=--allow-older", 64, /--allow-older does not go with/],
    ["h1 --config-url https://a/h1.age --agent-option=--config-ca=x", 64, /--config-ca does not go with/],
    ["h1 --config-ca ca.pem", 64, /--config-ca: it is for what --config-url makes/],
    ["h1 --identity", 64, /--identity: it is for what --config-url makes/],
  ] as const) {
    const run = await machine.run("boot", "--format", "script", ...args.split(" "));
    assert.deepEqual([run.code, run.stdout], [code, ""], args);
    assert.match(run.stderr, reason);
  }
  assert.equal(machine.writes.length, writes);
});

test("a cluster that is not sealed has nobody whom its hosts could believe", async () => {
  const machine = fakeMachine(smallCluster);
  await machine.run("split");

  const { code, stderr } = await machine.run("boot", "h1", "--format", "script", ...url);

  assert.equal(code, 65);
  assert.match(stderr, /pki\/delivery\/signer\.pub: it is not there, .*flexkube-planner split --seal/);
});
