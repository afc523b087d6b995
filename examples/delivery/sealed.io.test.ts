// The README's commands about sealed host configs, typed as they stand there, and what a host then says of each file.
import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after } from "node:test";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand, tryCommand } from "#lab/run-command.ts";
import type { CommandResult } from "#lab/run-command.ts";
import { makeServerKeys } from "#lab/web-server.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const readme = new URL("README.md", import.meta.url);
const directory = await mkdtemp(join(tmpdir(), "flexkube-sealed-"));
const host = join(directory, "var");
const inForce = join(host, "in-force.yaml");
const sealed = join(directory, "sealed/h1.age");
const cluster = (image: string): string => `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.0.0.1 }
  h2: { address: 10.0.0.2 }
containers:
  web: { hosts: all, image: "nginx:${image}" }
`;

after(async () => rm(directory, { recursive: true, force: true }));

const write = (image: string): void => writeFileSync(join(directory, "cluster.yaml"), cluster(image));

/** In order, at the operator's. */
async function type(commands: string): Promise<CommandResult> {
  const path = `${directory}/bin:${env["PATH"] ?? ""}`;
  return tryCommand(["env", "-C", directory, "sh", "-euc", commands], { env: { PATH: path } });
}

async function typed(heading: string, lines?: readonly [number, number]): Promise<void> {
  const commands = (await readCommands(readme, heading))
    .trimEnd()
    .split("\n")
    .slice(...(lines ?? [0]));
  const { exitCode, stderr } = await type(commands.join("\n"));
  assert.equal(exitCode, 0, stderr);
}

/** What the agent on h1 says of a file. */
async function said(file: string, ...more: readonly string[]): Promise<string> {
  const main = join(project, "agent/main.ts");
  const args = ["validate", "--config", file, "--state", host, "--host", "h1", ...more];
  const { exitCode, stdout, stderr } = await tryCommand([execPath, main, ...args]);
  return exitCode === 0 ? stdout : `${exitCode} ${stderr}`;
}

/** The file is taken, and what it holds is in force. */
async function delivered(): Promise<void> {
  assert.match(await said(sealed), /^valid host config of h1 in cluster demo/);
  copyFileSync(join(directory, "hosts/h1.yaml"), inForce);
}

before(async () => {
  mkdirSync(join(directory, "bin"));
  const program = `#!/bin/sh\nexec ${execPath} ${join(project, "planner/main.ts")} "$@"\n`;
  writeFileSync(join(directory, "bin/flexkube-planner"), program, { mode: 0o755 });
  write("1");
  await typed("Signed and sealed");
  mkdirSync(host);
  copyFileSync(join(directory, "hosts/h1.yaml"), inForce);
});

test("after the first config by hand the sealed ones are taken, and another host's is not", async () => {
  write("2");
  await type("flexkube-planner split");

  assert.match(await said(join(directory, "sealed/h2.age")), /^65 [^]*SEALED_OTHER_KEY[^]*deliver sealed\/<host>.age/);
  await delivered();
});

test("an unsealed one is refused with what to type, and taken at a person's word", async () => {
  const record = { version: 1, cluster: "demo", host: "h1", generation: 1, origin: "signed" };
  writeFileSync(join(host, "delivery.json"), JSON.stringify(record));
  write("3");
  await type("flexkube-planner split");
  const plain = join(directory, "hosts/h1.yaml");

  assert.match(await said(plain), /^65 [^]*SEALED_REQUIRED[^]*flexkube-agent apply --accept-unsealed/);
  assert.match(await said(plain, "--accept-unsealed"), /^valid/);
  await delivered();
});

test("another signer: each step is believed, and at the end the former one is not", async () => {
  const commands = await readCommands(readme, "Another signer");
  const steps = commands.trimEnd().split("\n");
  const splits = steps.flatMap((line, index) => (line === "flexkube-planner split" ? [index + 1] : []));
  const former = join(directory, "former.age");
  let from = 0;
  for (const [step, end] of splits.entries()) {
    await typed("Another signer", [from, end]);
    await delivered();
    if (step === 0) copyFileSync(sealed, former);
    from = end;
  }

  assert.equal(splits.length, 3);
  assert.match(await said(former), /^65 [^]*SEALED_OTHER_SIGNER/);
});

test("another key of a host: both open until the former one is removed", async () => {
  await typed("Another key of a host", [0, 2]);
  await delivered();
  await typed("Another key of a host", [2, 4]);
  await delivered();
  assert.equal(existsSync(join(directory, "pki/delivery/hosts/h1.former.key")), false);
});

test("the documents of a first boot from a web server have the URL of each host, whom it believes and the CA, and no key", async () => {
  await makeServerKeys(directory, "10.0.0.9");

  await typed("A first boot from a web server");

  const key = readFileSync(join(directory, "pki/delivery/signer.pub"), "utf8").split("\n")[1] ?? "";
  const needles = await secretsBelow(directory);
  for (const name of ["h1", "h2"]) {
    const document = readFileSync(join(directory, "boot", name, "user-data"), "utf8");
    assert.ok(
      document.includes(`--signer ${key} --config https://configs.example.org/${name}.age --config-ca `),
      document,
    );
    assert.deepEqual(secretsIn(document, needles), []);
  }
});

test("a signer that is lost is made anew, and believed at a person's word", async () => {
  rmSync(join(directory, "pki/delivery/signer.key"));
  assert.equal((await type("flexkube-planner split")).exitCode, 65);

  await typed("What is lost");

  assert.match(await said(sealed), /^65 [^]*SEALED_OTHER_SIGNER[^]*apply --signer/);
  const key = readFileSync(join(directory, "pki/delivery/signer.pub"), "utf8").split("\n")[1] ?? "";
  assert.match(await said(sealed, "--signer", key), /^valid/);
});

test("a host's own key is made once, renewed by --new, and opens what is sealed to it", async () => {
  const identity = async (...more: readonly string[]): Promise<string> =>
    (await runCommand([execPath, join(project, "agent/main.ts"), "identity", "--state", host, ...more])).trim();
  const recipient = await identity();
  assert.equal(await identity(), recipient);
  writeFileSync(
    join(directory, "cluster.yaml"),
    cluster("4").replace("address: 10.0.0.1", `address: 10.0.0.1, recipient: ${recipient}`),
  );
  await type("flexkube-planner split");
  const key = readFileSync(join(directory, "pki/delivery/signer.pub"), "utf8").split("\n")[1] ?? "";

  assert.notEqual(await identity("--new"), recipient);
  rmSync(inForce);

  assert.match(await said(sealed), /^65 [^]*SEALED_NO_SIGNER/);
  assert.match(await said(sealed, "--signer", key), /^valid/);
});

describe("a sealed config on a host that has had none", () => {
  const newcomer = join(directory, "newcomer");
  const keyFile = join(newcomer, "identity.key");
  const made = async (...more: readonly string[]): Promise<CommandResult> =>
    tryCommand([execPath, join(project, "agent/main.ts"), "identity", "--state", newcomer, ...more]);

  /** Of a command that looks at it, and of those that would take it; what either leaves on the host. */
  async function refusals(): Promise<readonly string[]> {
    const left = contentsOf(newcomer);
    const signer = readFileSync(join(directory, "pki/delivery/signer.pub"), "utf8").split("\n")[1] ?? "";
    const place = ["--config", sealed, "--state", newcomer, "--host", "h1", "--socket", join(directory, "no-engine")];
    const answers: string[] = [];
    for (const command of ["validate", "apply"]) {
      const args = [command, ...place, "--signer", signer];
      const { exitCode, stdout, stderr } = await tryCommand([execPath, join(project, "agent/main.ts"), ...args]);
      answers.push(`${command} ${exitCode}: ${stdout}${stderr}`);
    }
    assert.deepEqual(contentsOf(newcomer), left);
    return answers;
  }

  const each = async (pattern: RegExp): Promise<void> => {
    for (const text of await refusals()) assert.match(text, pattern);
  };

  before(() => {
    mkdirSync(newcomer, { mode: 0o700 });
    write("5");
  });

  test("without a key it says how to get one", async () => {
    await each(
      / 65: [^]*SEALED_NO_KEY[^]*flexkube-agent apply --accept-unsealed[^]*what flexkube-agent identity prints/,
    );
  });

  test("with a key that it was not sealed to, another host's or a new one, it says which recipient it needs", async () => {
    const { stdout } = await made();
    assert.match(stdout, /^age1/);

    await each(/ 65: [^]*SEALED_OTHER_KEY[^]*what flexkube-agent identity prints here must be its recipient/);
  });

  test("with a key that others may read it says which mode it must have, and takes it then", async () => {
    copyFileSync(join(directory, "pki/delivery/hosts/h2.key"), keyFile);
    chmodSync(keyFile, 0o644);

    await each(/ 65: [^]*SEALED_NO_KEY[^]*identity\.key is open to others than its owner \(mode 0644\)[^]*chmod 0600 /);
    const { exitCode, stderr } = await made();
    assert.equal(exitCode, 73);
    assert.match(stderr, /FILES_UNREADABLE[^]*chmod 0600 /);

    chmodSync(keyFile, 0o600);
    await each(/ 65: [^]*SEALED_OTHER_KEY/);
  });

  test("with a file that holds no key, is cut, or cannot be read, it says to put it back, and no new key takes its place unasked", async () => {
    for (const [content, code, reason] of [
      ["", "SEALED_NO_KEY", /identity\.key holds no key of age[^]*put it back/],
      ["AGE-SECRET-KEY-1CUT\n", "SEALED_NO_KEY", /is none, or was cut/],
      [undefined, "SEALED_NO_KEY", /identity\.key cannot be read: [^]*put it back/],
    ] as const) {
      rmSync(keyFile, { recursive: true, force: true });
      if (content === undefined) mkdirSync(keyFile);
      else writeFileSync(keyFile, content, { mode: 0o600 });

      await each(new RegExp(` 65: [^]*${code}[^]*${reason.source}`));
      const { exitCode, stdout, stderr } = await made();
      assert.deepEqual([exitCode, stdout], [73, ""]);
      assert.match(stderr, /FILES_UNREADABLE[^]*flexkube-agent identity --new/);
    }
    rmSync(keyFile, { recursive: true });
    writeFileSync(keyFile, "AGE-SECRET-KEY-1CUT\n", { mode: 0o600 });
    assert.match((await made("--new")).stdout, /^age1/);
    assert.doesNotMatch(readFileSync(keyFile, "utf8"), /CUT/);
  });
});

/** Each file below a directory with its mode and bytes, but for the report, which tells of the refusal. */
function contentsOf(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "report.json")
    .toSorted()
    .map((name) => {
      const path = join(place, name);
      const stats = statSync(path);
      return `${name} ${stats.mode} ${stats.isFile() ? readFileSync(path, "utf8") : ""}`;
    });
}

test(
  "the key for recovery opens it with age and gunzip alone",
  { skip: !(await hasAge()) && env["CI"] === undefined && "age is not installed (.ci/debian installs it)" },
  async () => {
    const text = readFileSync(readme, "utf8");
    const line = /`(age --decrypt [^`]*)`/.exec(text)?.[1] ?? "";
    const { stdout } = await type(line.replace("recovery.key", "pki/delivery/recovery.key"));

    assert.equal(stdout, readFileSync(join(directory, "hosts/h1.yaml"), "utf8"));
  },
);

async function hasAge(): Promise<boolean> {
  return tryCommand(["age", "--version"]).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}
