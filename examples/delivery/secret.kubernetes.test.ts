// A host that gets its sealed configs by its own Secret: delivered, acknowledged, and whatever else stands there changes nothing.
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { agentContainer, agentLogs } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { LabHost } from "#lab/host.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { deliveryNamespace as namespace } from "#shared/sealed/delivery-secret.ts";
import { packEnvelope } from "#shared/sealed/envelope.ts";
import { deadlineMs, startSealedCluster } from "./sealed-cluster.ts";
import type { SealedCluster } from "./sealed-cluster.ts";

describe("sealed host configs by Secrets", { skip: skipWithoutLab(), timeout: 1_500_000 }, () => {
  let cluster: SealedCluster;
  let box: LabHost;

  before(async () => {
    cluster = await startSealedCluster({ box: "sid" }, "single-host");
    box = cluster.lab.host("box");
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const secret = ["--namespace", namespace, "secret", "box"] as const;
  const delivered = async (): Promise<string> => cluster.acknowledged(box);
  const status = async (): Promise<string> =>
    box.docker("exec", agentContainer, "/flexkube-agent", "status", "--json", "--wait", "60s");
  /** Of the Secret; an API that did not answer the last question has nothing for a moment. */
  const soonSaid = async (state: string): Promise<void> =>
    eventually(
      async () => assert.ok((await status()).includes(`"name":"the Secret of this host","state":"${state}"`)),
      {
        what: `the Secret is ${state}`,
        deadlineMs,
      },
    );
  const generation = async (): Promise<unknown> => (await cluster.report(box)).generation;
  const containers = async (): Promise<Readonly<Record<string, string>>> => standingIds(box);
  const look = async (): Promise<void> => {
    await box.docker("kill", "--signal", "HUP", agentContainer);
  };
  const sealed = (): string => join(cluster.directory, "sealed/box.age");
  /** What anybody who may write Secrets there could do. */
  const write = async (content: Uint8Array, claimed: number): Promise<void> => {
    const patch = {
      metadata: { annotations: { "flexkube.io/generation": String(claimed) } },
      data: { "host.age": Buffer.from(content).toString("base64") },
    };
    const file = join(cluster.directory, "patch.json");
    await writeFile(file, JSON.stringify(patch));
    await cluster.kubectl("patch", ...secret, "--type", "merge", "--patch-file", file);
    await look();
  };

  test("an agent reads its own Secret and no other, lists none and changes none", async () => {
    const may = async (who: string, ...what: readonly string[]): Promise<string> =>
      cluster
        .kubectl("auth", "can-i", ...what, "--namespace", namespace, "--as", who, "--as-group", "flexkube:agents")
        .then((answer) => answer.trim())
        .catch(() => "no");

    const granted = new Map<string, string>();
    for (const who of ["flexkube-agent:box", "flexkube-agent:other"])
      for (const what of [
        "get secrets/box",
        "get secrets/other",
        "list secrets",
        "watch secrets",
        "patch secrets/box",
        "create secrets",
      ])
        granted.set(`${who} ${what}`, await may(who, ...what.split(" ")));

    assert.deepEqual(
      [...granted].filter(([, answer]) => answer !== "no"),
      [["flexkube-agent:box get secrets/box", "yes"]],
    );
  });

  test("what is delivered is taken up, and the operator is told", async () => {
    await cluster.greet("first");

    assert.match(await cluster.deliverBySecret(), /^box: generation 2 delivered\nbox: generation 2 applied\n$/m);

    assert.equal(await generation(), 2);
    assert.match(
      await delivered(),
      /^2 applied agent=0\.1\.0 etcd=\S+ kubernetes=v?1\.\S+ ends=\S+ due=\S+ proof=[0-9a-f]{64}$/,
    );
    const words = "status --kubeconfig admin.kubeconfig --exit-code --wait 1m".split(" ");
    const { stdout: table } = await cluster.attemptPlanner(...words);
    assert.match(table, /\nbox +2\/2 +applied .* Ready .*\n\n1 of 1 hosts as they should be, 0 findings\n$/);
    await soonSaid("in-force");
    await copyFile(sealed(), join(cluster.directory, "former.age"));
  });

  test("no key is in the Secret, in what etcd has of it, or in what the agent says", async () => {
    const needles = await secretsBelow(cluster.directory);
    const inSecret = async (...words: readonly string[]): Promise<Buffer> => {
      const data = await cluster.kubectl("get", ...words, "-o", String.raw`jsonpath={.data.host\.age}`);
      assert.ok(data.length > 100);
      return Buffer.from(data, "base64");
    };
    const plain = ["--namespace", namespace, "secret", "plain"] as const;
    const file = join(cluster.directory, "hosts/box.yaml");
    await cluster.kubectl(
      "create",
      "secret",
      "generic",
      "plain",
      "--namespace",
      namespace,
      `--from-file=host.age=${file}`,
    );
    // one that is not sealed is found there
    assert.ok(secretsIn(await inSecret(...plain), needles).length > 5);
    await cluster.kubectl("delete", ...plain);
    assert.deepEqual(secretsIn(await inSecret(...secret), needles), []);
    const told = [
      await cluster.kubectl("get", ...secret, "-o", "json"),
      await cluster.etcdctl(box, "get", "", "--prefix", "--keys-only=false"),
      await agentLogs(box),
      (await box.readFile("/var/lib/flexkube/events.jsonl")).toString(),
      (await box.readFile("/var/lib/flexkube/report.json")).toString(),
    ];

    for (const [index, text] of told.entries())
      assert.deepEqual(secretsIn(Buffer.from(text), needles), [], String(index));
  });

  test("garbage and a Secret that is deleted change nothing, and a refusal is told once", async () => {
    const untouched = await containers();
    await write(Buffer.from("garbage"), 9);
    await eventually(async () => (await delivered()) === "9 refused:SEALED_REQUIRED", {
      what: "a refusal is told",
      deadlineMs,
    });
    await look();
    const told = (await agentLogs(box))
      .split("\n")
      .filter((line) => /no news from the Secret.*not sealed/.test(line) && line.includes('"level":40'));
    assert.equal(told.length, 1);
    await cluster.kubectl("delete", ...secret);
    await look();
    await eventually(async () => (await delivered()).startsWith("2 applied "), {
      what: "what is in force is told again",
      deadlineMs,
    });

    await status();
    assert.equal(await generation(), 2);
    assert.deepEqual(await containers(), untouched);
  });

  test("the way back is the former content with a new number; what is delivered while the API is away comes later", async () => {
    await cluster.greet("second");
    assert.match(await cluster.deliverBySecret(), /^box: generation 3 applied$/m);
    await cluster.greet("first");
    await box.docker("stop", "kube-apiserver");

    assert.match(
      await eventually(cluster.deliverBySecret, { what: "the API is back and takes it", deadlineMs, everyMs: 2000 }),
      /^box: generation 4 applied$/m,
    );
    assert.equal(await generation(), 4);
    assert.equal(await cluster.greeting(box), "first");
  });

  test("what does not work goes back, and whoever delivers it, asks or looks is told so, with what to type", async () => {
    const untouched = await containers();
    await cluster.greet("third", "echo no words are left >&2; exit 7");
    await cluster.planner("split");

    const { exitCode, stdout } = await cluster.attemptPlanner("deliver");

    assert.equal(exitCode, 70);
    assert.match(stdout, /^box: generation 5 did not work and was taken back: flexkube-agent status on the host says/m);
    assert.match(await delivered(), /^5 rolled-back /);
    assert.deepEqual(await containers(), untouched);
    assert.equal(await cluster.greeting(box), "first");

    const ask = async (...words: readonly string[]): Promise<string> => {
      const found = await cluster.attemptPlanner("status", "--exit-code", ...words);
      assert.equal(found.exitCode, 2, found.stderr);
      return found.stdout;
    };
    const line = /^ {4}on box: docker exec flexkube-agent flexkube-agent status$/m;
    const atTheNode = await ask("--kubeconfig", "admin.kubeconfig");
    assert.match(atTheNode, /^box: it did not work and was taken back$/m);
    assert.match(atTheNode, line);
    await mkdir(join(cluster.directory, "reports"));
    const report = await box.tryDocker(["exec", agentContainer, "/flexkube-agent", "status", "--json"]);
    await writeFile(join(cluster.directory, "reports/box"), report.stdout);
    const carried = await ask("--from", "reports");
    assert.match(carried, /^box: greeter: the new configuration did not work \(.*\); the one before is in force/m);
    assert.match(carried, line);
    const explained = await box.docker("exec", agentContainer, "/flexkube-agent", "explain", "greeter");
    assert.match(explained, / failed .*\s+\(exit\s+code\s+7\)\n(?: +\| .*\n)* +\| no words are left\n/);

    await cluster.greet("first");
    assert.match(await cluster.deliverBySecret(), /^box: generation 6 applied$/m);
  });

  test("another host's, one that others have signed, one that nobody has, and an older one are refused by their codes", async () => {
    const untouched = await containers();
    const kept = async (name: string): Promise<string> =>
      readFile(join(cluster.directory, "pki/delivery", name), "utf8");
    const signer = createPrivateKey(await kept("signer.key"));
    const own = await identityToRecipient((await kept("hosts/box.key")).trim());
    const other = await identityToRecipient(await generateX25519Identity());
    const text = await readFile(join(cluster.directory, "hosts/box.yaml"), "utf8");
    const signed = (host: string, key: KeyObject): Uint8Array =>
      packEnvelope(text, { cluster: "single", host, generation: 9 }, key);
    const to = async (recipient: string, content: Uint8Array): Promise<Uint8Array> => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      return encrypter.encrypt(content);
    };
    const inForce = await generation();

    for (const [code, content] of [
      ["SEALED_OTHER_KEY", await to(other, signed("other", signer))],
      ["SEALED_OTHER_HOST", await to(own, signed("other", signer))],
      ["SEALED_OTHER_SIGNER", await to(own, signed("box", generateKeyPairSync("ed25519").privateKey))],
      ["SEALED_DAMAGED", await to(own, Buffer.from(text))],
    ] as const) {
      await write(content, 9);
      await eventually(async () => (await delivered()) === `9 refused:${code}`, {
        what: `${code} is told`,
        deadlineMs,
      });
      await status();
      assert.deepEqual([await generation(), await containers()], [inForce, untouched], code);
    }
    // it was in force once, so what is told is what is in force now
    await write(await readFile(join(cluster.directory, "former.age")), 9);
    await eventually(async () => (await delivered()).startsWith(`${String(inForce)} applied `), {
      what: "an older one takes nothing back",
      deadlineMs,
    });
    await soonSaid("older");
    assert.deepEqual([await generation(), await containers()], [inForce, untouched]);
  });
});
