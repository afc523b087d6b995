// A host that gets its first config by hand, then sealed ones: what is wrong changes nothing and is told once. The documented words of a
// person who has lost a key; another signer and other keys under a running agent; and a host whose first config is sealed too: no key of it
// is anywhere but in the host's own files.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { agentContainer, agentLogs, hostConfigPath, removeContainers, runAgentOnce, startAgent } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { secretForms, secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { Needle } from "#lab/find-secrets.ts";
import type { LabHost } from "#lab/host.ts";
import { agentImage, imageStore, labImages } from "#lab/images.ts";
import type { LabImage } from "#lab/images.ts";
import { startLab } from "#lab/lab.ts";
import type { Lab } from "#lab/lab.ts";
import { readCommands, readInlineCommand } from "#lab/read-commands.ts";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { makeStandInCertificate } from "#lab/stand-in-certificate.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const readme = new URL("README.md", import.meta.url);

describe("sealed host configs on a host", { skip: skipWithoutLab(), timeout: 900_000 }, () => {
  let lab: Lab;
  let box: LabHost;
  let own: LabImage;
  let directory: string;

  before(async () => {
    const { busybox } = await labImages("busybox");
    own = await agentImage();
    lab = await startLab({ hosts: ["box1"], seed: await imageStore([own, busybox]) });
    box = lab.host("box1");
    await box.exec("mkdir", "-p", "-m", "0700", "/etc/flexkube", "/var/lib/flexkube");
    directory = await mkdtemp(join(tmpdir(), "flexkube-sealed-"));
    await makeStandInCertificate(join(directory, "stand-in"));
    await mkdir(join(directory, "bin"));
    const program = `#!/bin/sh\nexec ${execPath} ${join(project, "planner/main.ts")} "$@"\n`;
    await writeFile(join(directory, "bin/flexkube-planner"), program, { mode: 0o755 });
  });

  after(async () => {
    await lab.down();
    await rm(directory, { recursive: true, force: true });
  });

  let recipient: string | undefined;
  const write = async (motd: string): Promise<void> => {
    const command = `trap 'exit 0' TERM; while :; do sleep 1; done`;
    const web = { hosts: "all", image: "busybox:lab", args: ["sh", "-c", command], restart: "always" };
    const files = [
      { path: "motd", content: `${motd}\n`, effect: "none" },
      { path: "server.pem", secret: "stand-in/server.pem", mode: "0400" },
    ];
    const hosts = { box1: { address: box.ip, recipient }, box2: { address: "10.99.0.2" } };
    const cluster = { apiVersion: "flexkube/v1alpha1", kind: "Cluster", name: "edge", hosts };
    const secrets = { "stand-in/server.pem": { file: "stand-in/server.pem" } };
    const text = JSON.stringify({ ...cluster, containers: { greeter: { ...web, files } }, secrets });
    await writeFile(join(directory, "cluster.yaml"), text);
  };
  /** What the documents say, at the operator's and with the host's Docker. */
  const type = async (commands: string): Promise<string> => {
    const path = `${directory}/bin:${env["PATH"] ?? ""}`;
    const by = { DOCKER_HOST: `unix://${box.socket}`, PATH: path };
    return (await runCommand(["env", "-C", directory, "sh", "-euc", commands], { env: by })).trim();
  };
  const split = async (motd: string, ...words: readonly string[]): Promise<void> => {
    await write(motd);
    await type(["flexkube-planner", "split", ...words].join(" "));
  };
  const signerKey = async (): Promise<string> =>
    (await readFile(join(directory, "pki/delivery/signer.pub"), "utf8")).split("\n")[1] ?? "";
  const file = async (name: string): Promise<Buffer> => readFile(join(directory, name));
  const motd = async (): Promise<string> =>
    (await box.docker("exec", "greeter", "cat", "/etc/flexkube/live/motd")).trim();
  const healthy = async (): Promise<string> =>
    box.docker("exec", agentContainer, "/flexkube-agent", "status", "--wait", "60s");
  const told = async (code: string): Promise<number> =>
    (await agentLogs(box)).split("\n").filter((line) => line.includes(code) && line.includes('"level":40')).length;
  const isTold = async (code: string): Promise<void> => {
    const isThere = async (): Promise<boolean> =>
      (await agentLogs(box)).split("\n").some((line) => line.includes(code) && /"level":[45]0/.test(line));
    await eventually(isThere, { what: `${code} is told`, deadlineMs: 30_000 });
  };
  /** Brings what was split last, and waits until it works. */
  const deliver = async (expected: string): Promise<void> => {
    await box.writeFile(hostConfigPath, await file("sealed/box1.age"));
    await healthy();
    assert.equal(await motd(), expected);
  };
  /** Until then the keys of the host config before it, to which this host could go back, count too. */
  const isKept = async (): Promise<void> => {
    const text = async (name: string): Promise<string> => String(await box.readFile(`/var/lib/flexkube/${name}.yaml`));
    await eventually(async () => (await text("in-force")) === (await text("last-good")), {
      what: "what is in force is known to work",
      deadlineMs: 60_000,
    });
  };
  /** By status and once in the log; what is in force stays, with all of its containers. */
  const isRefused = async (wrong: Uint8Array, code: string): Promise<void> => {
    const [content, running, times] = [await motd(), await containers(), await told(code)];
    await box.writeFile(hostConfigPath, wrong);
    await eventually(async () => (await told(code)) > times, { what: `${code} is told`, deadlineMs: 30_000 });
    await box.docker("kill", "--signal", "HUP", agentContainer);
    const status = await box.tryDocker(["exec", agentContainer, "/flexkube-agent", "status", "--exit-code"]);
    assert.equal(status.exitCode, 65);
    assert.ok(status.stdout.includes(code), status.stdout);
    assert.deepEqual([await motd(), await containers(), await told(code)], [content, running, times + 1]);
  };
  /** Types the documented commands of a heading, in which the host is h1; what each split made is brought. Resolves to the number of splits. */
  const stepThrough = async (heading: string): Promise<number> => {
    const commands = (await readCommands(readme, heading)).replaceAll("h1", "box1");
    const steps = commands.split(/(?<=^flexkube-planner split\n)/m);
    for (const [index, step] of steps.entries()) {
      await write(`${heading}, ${index + 1}`);
      await type(step);
      await deliver(`${heading}, ${index + 1}`);
    }
    return steps.length;
  };
  /** A split by somebody who has all that the operator has, and a former key. */
  const splitElsewhere = async (former: string): Promise<Buffer> => {
    await type(`rm -rf elsewhere; mkdir elsewhere; cp -a cluster.yaml pki hosts sealed stand-in elsewhere/
      cd elsewhere; sed -i "s/, [23]/, elsewhere/" cluster.yaml; ${former}; flexkube-planner split`);
    return file("elsewhere/sealed/box1.age");
  };
  const containers = async (): Promise<string> => box.docker("ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}");

  /** Nothing of before but the key that was made on it. */
  const asNewMachine = async (): Promise<void> => {
    await removeContainers(box);
    const script = `rm -rf /etc/flexkube/*; cd /var/lib/flexkube; for each in *; do [ "$each" = identity.key ] || rm -rf "$each"; done`;
    await box.exec("sh", "-euc", script);
  };
  /** All that the host config calls secret, and the host's own key. */
  const hostNeedles = async (): Promise<readonly Needle[]> => {
    const born = {
      name: "identity.key",
      forms: secretForms((await box.readFile("/var/lib/flexkube/identity.key")).toString()),
    };
    const needles = [...(await secretsBelow(directory)), born];
    assert.ok(needles.some(({ name }) => name === "box1.yaml stand-in/server.pem"));
    return needles;
  };
  /** Wherever something of a host config could come to light, by a name. */
  const places = async (): Promise<ReadonlyMap<string, Buffer>> => {
    const found = new Map<string, Buffer>([["log", Buffer.from(await agentLogs(box))]]);
    for (const words of ["status", "status --json", "events --json", "explain greeter"]) {
      const { stdout, stderr } = await box.tryDocker(["exec", agentContainer, "/flexkube-agent", ...words.split(" ")]);
      found.set(words, Buffer.from(stdout + stderr));
    }
    for (const name of ["report.json", "events.jsonl", "ledger.json", "delivery.json"])
      found.set(name, await box.readFile(`/var/lib/flexkube/${name}`));
    for (const id of (await box.docker("ps", "-aq")).trim().split("\n")) {
      const { exitCode, stdout: text } = await box.tryDocker(["inspect", id]);
      // a helper that was there when they were listed
      if (exitCode !== 0) continue;
      found.set(`inspect ${/"Name": "([^"]+)"/.exec(text)?.[1] ?? id}`, Buffer.from(text));
    }
    for (const name of await readdir(join(directory, "sealed")))
      found.set(`carried ${name}`, await file(`sealed/${name}`));
    found.set("the file on the host", await box.readFile(hostConfigPath));
    return found;
  };

  test("the first by hand, then a sealed one; wrong ones are told once and change nothing", async () => {
    await split("first", "--seal");
    await box.writeFile(hostConfigPath, await file("hosts/box1.yaml"), 0o600);
    await startAgent(box, { image: own.reference, args: ["run", "--host", "box1"] });
    await eventually(async () => (await motd()) === "first", { what: "the first config works", deadlineMs: 60_000 });

    await split("second");
    const second = await file("sealed/box1.age");
    await deliver("second");
    assert.deepEqual(secretsIn(second, await secretsBelow(directory)), []);

    await split("third");
    const third = await file("sealed/box1.age");
    const flipped = Buffer.from(third);
    flipped[flipped.length - 20] = (flipped.at(-20) ?? 0) ^ 1;
    for (const [wrong, code] of [
      [flipped, "SEALED_DAMAGED"],
      [await file("sealed/box2.age"), "SEALED_OTHER_KEY"],
      [await file("hosts/box1.yaml"), "SEALED_REQUIRED"],
    ] as const)
      await isRefused(wrong, code);

    await box.docker("restart", agentContainer);
    await deliver("third");
    await box.writeFile(hostConfigPath, second);
    await eventually(async () => (await agentLogs(box)).includes("SEALED_OLDER"), { what: "an older one is told" });
    assert.equal(await motd(), "third");
  });

  test("under a running agent another signer takes over step by step, and the former one is refused from then on", async () => {
    await type("cp pki/delivery/signer.key former.key");
    assert.equal(await stepThrough("Another signer"), 3);
    const signs = `mv ../former.key pki/delivery/signer.key
      openssl pkey -in pki/delivery/signer.key -pubout >pki/delivery/signer.pub`;

    await isKept();
    await isRefused(await splitElsewhere(signs), "SEALED_OTHER_SIGNER");

    await split("by the new signer");
    await deliver("by the new signer");
  });

  test("under a running agent another key of the host takes over, and what is sealed to the former one is refused", async () => {
    await type("cp pki/delivery/hosts/box1.key former.key");
    assert.equal(await stepThrough("Another key of a host"), 2);

    const late = await splitElsewhere("mv ../former.key pki/delivery/hosts/box1.key");
    await isKept();
    await isRefused(late, "SEALED_OTHER_KEY");

    await split("third");
    await deliver("third");
  });

  test("where a key is lost the documented words bring the host back: one that is not sealed, and another signer", async () => {
    await split("fourth");
    await box.writeFile(hostConfigPath, await file("hosts/box1.yaml"), 0o600);
    // its log begins anew
    await box.docker("rm", "-f", agentContainer);
    await startAgent(box, { image: own.reference, args: ["run", "--host", "box1"] });
    await isTold("SEALED_REQUIRED");
    assert.equal(await motd(), "third");

    await type(await readInlineCommand(readme, "docker exec flexkube-agent flexkube-agent apply --accept-unsealed"));

    assert.equal(await motd(), "fourth");
    await healthy();

    await rm(join(directory, "pki/delivery/signer.key"));
    await write("fifth");
    await type(await readCommands(readme, "What is lost"));
    await box.writeFile(hostConfigPath, await file("sealed/box1.age"));
    await isTold("SEALED_OTHER_SIGNER");
    assert.equal(await motd(), "fourth");

    const words = await readInlineCommand(readme, "docker exec flexkube-agent flexkube-agent apply --signer KEY");
    await type(words.replace("KEY", await signerKey()));

    assert.equal(await motd(), "fifth");
    await healthy();
  });

  test("a sealed one comes on standard input too, to a loop, which goes on with it after a restart, and to apply", async () => {
    await split("for a loop");
    await box.docker("rm", "-f", agentContainer);
    await type((await readCommands(readme, "On standard input")).replace("<host.yaml", "<sealed/box1.age"));
    await eventually(async () => (await motd()) === "for a loop", { what: "the loop takes it", deadlineMs: 60_000 });
    await box.docker("restart", agentContainer);
    await healthy();
    assert.equal(await motd(), "for a loop");

    await split("for apply");
    const options = { image: own.reference, input: await file("sealed/box1.age") };
    const { exitCode, stderr } = await runAgentOnce(box, ["apply", "--host", "box1", "--config", "-"], options);

    assert.equal(exitCode, 0, stderr);
    assert.equal(await motd(), "for apply");
    await healthy();
  });

  test("after a sealed first start, a change and a refusal no key of the host config is anywhere but in the host's own files", async () => {
    recipient = await type(await readInlineCommand(readme, "docker exec flexkube-agent flexkube-agent identity"));
    await asNewMachine();
    await split("first");
    await box.writeFile(hostConfigPath, await file("sealed/box1.age"));
    await startAgent(box, { image: own.reference, args: ["run", "--host", "box1"] });
    await isTold("SEALED_NO_SIGNER");
    const words = await readInlineCommand(readme, "docker exec flexkube-agent flexkube-agent apply --signer KEY");
    await type(words.replace("KEY", await signerKey()));
    assert.equal(await motd(), "first");
    await split("second");
    await box.writeFile(hostConfigPath, await file("sealed/box1.age"));
    await eventually(async () => (await motd()) === "second", { what: "the change works", deadlineMs: 60_000 });
    await box.writeFile(hostConfigPath, await file("sealed/box2.age"));
    await isTold("SEALED_OTHER_KEY");
    const needles = await hostNeedles();

    const found = await places();

    for (const [place, content] of found) assert.deepEqual(secretsIn(content, needles), [], place);
    // each of them would have been seen, at each place and in each form
    for (const [place, content] of found)
      for (const needle of needles)
        for (const form of needle.forms) {
          const leaking = Buffer.concat([content, Buffer.from(form)]);
          assert.deepEqual(secretsIn(leaking, [needle]), [needle.name], place);
        }
    const [{ name, forms: [form = ""] } = assert.fail("no secrets")] = needles;
    await box.docker("create", "--name", "leak", "--env", `KEY=${form}`, "busybox:lab");
    await writeFile(join(directory, "sealed/left"), await file("hosts/box1.yaml"));
    const leaking = await places();
    assert.ok(secretsIn(leaking.get("inspect /leak") ?? "", needles).includes(name));
    const its = needles.filter((needle) => needle.name.startsWith("box1.yaml "));
    assert.deepEqual(
      secretsIn(leaking.get("carried left") ?? "", its),
      its.map((needle) => needle.name),
    );
  });

  test("a key that the host makes anew under its running agent opens what comes next, and the one before what is on its way", async () => {
    const identity = await readInlineCommand(readme, "docker exec flexkube-agent flexkube-agent identity");
    const first = recipient;
    await rm(join(directory, "sealed/left"));

    const second = await type(`${identity} --new`);
    await split("on its way");
    await deliver("on its way");
    recipient = second;
    await split("to the new one");
    await deliver("to the new one");

    assert.notEqual(second, first);
    await type(`${identity} --new`);
    recipient = first;
    await split("to one long gone");
    await isRefused(await file("sealed/box1.age"), "SEALED_OTHER_KEY");
  });
});
