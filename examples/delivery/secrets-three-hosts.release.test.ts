// Three hosts and their Secrets: one delivery reaches all of them, no agent reads another's, the API goes away in the middle, and nothing that
// is kept, said or logged on the way gives a key away.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import { hostConfigPath } from "#lab/agent.ts";
import { eventually } from "#lab/eventually.ts";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import type { Needle } from "#lab/find-secrets.ts";
import type { LabHost } from "#lab/host.ts";
import type { CommandResult } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { standingIds } from "#lab/standing-containers.ts";
import { auditPolicyDocument } from "#planner/cluster/kubernetes/documents.ts";
import { deliveryNamespace } from "#shared/sealed/delivery-secret.ts";
import { deadlineMs, startSealedCluster } from "./sealed-cluster.ts";
import type { SealedCluster } from "./sealed-cluster.ts";

const names = ["k1", "k2", "k3"];
const [first, second] = ["good morning from the planner", "good evening from the planner"] as const;
const inForcePath = "/var/lib/flexkube/in-force.yaml";

/** The log that tells most: these Secrets with their content, as they come and go; of all else what it is by default. */
const whole = {
  level: "RequestResponse",
  namespaces: [deliveryNamespace],
  resources: [{ group: "", resources: ["secrets"] }],
};
const { rules } = auditPolicyDocument;
const policy = { ...auditPolicyDocument, rules: [whole, ...(Array.isArray(rules) ? (rules as unknown[]) : [])] };

/** As the agent has it in force. */
type InForce = {
  readonly node: { readonly api: { readonly ca: string; readonly certificate: string; readonly key: string } };
  readonly secrets: Readonly<Record<string, string>>;
};

describe("Secrets of three hosts", { skip: skipWithoutRelease(), timeout: 1_200_000 }, () => {
  let cluster: SealedCluster;
  let hosts: readonly LabHost[];
  /** What the planner has printed. */
  const printed: string[] = [];

  before(async () => {
    const change = { "hosts.k4": undefined, "controlPlane.audit.policy": policy };
    cluster = await startSealedCluster({ k1: "stable", k2: "sid", k3: "stable" }, "kubernetes", change);
    hosts = cluster.lab.hosts;
    await cluster.ready(hosts, deadlineMs);
  });
  after(async () => {
    await cluster.lab.down();
    await cluster.remove();
  });

  const each = async <Value>(ask: (host: LabHost) => Promise<Value>): Promise<readonly Value[]> =>
    Promise.all(hosts.map(ask));
  const greetings = async (): Promise<readonly string[]> => each(cluster.greeting);
  const generations = async (): Promise<readonly unknown[]> =>
    each(async (host) => (await cluster.report(host)).generation);
  const deliver = async (): Promise<CommandResult> => {
    const found = await cluster.attemptPlanner("deliver");
    printed.push(found.stdout, found.stderr);
    return found;
  };

  test("one delivery reaches every host by its own Secret, and what became of it is told of each", async () => {
    await cluster.greet(first);

    const said = await cluster.deliverBySecret();

    printed.push(said);
    const lines = said.trim().split("\n");
    assert.deepEqual(
      lines.slice(0, 3),
      names.map((name) => `${name}: generation 2 delivered`),
    );
    assert.deepEqual(
      lines.slice(3).toSorted(),
      names.map((name) => `${name}: generation 2 applied`),
    );
    assert.deepEqual(await greetings(), [first, first, first]);
    for (const host of hosts) {
      assert.match(await cluster.acknowledged(host), /^2 applied /);
      // what came by hand is the one before still
      assert.match((await host.readFile(hostConfigPath)).toString(), /^generation: 1$/m);
      assert.match((await host.readFile(inForcePath)).toString(), /^generation: 2$/m);
    }
  });

  test("with the credential that each agent uses its own Secret is read, and neither another's nor the list", async () => {
    const answered: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const host of hosts) {
      const ask = await asAgentOf(host);
      for (const name of names) {
        answered[`${host.name} gets ${name}`] = await ask(`/${name}`);
        wanted[`${host.name} gets ${name}`] = host.name === name ? "200" : "403";
      }
      for (const list of ["", `?fieldSelector=metadata.name%3D${host.name}`, "?watch=1"]) {
        answered[`${host.name} lists ${list}`] = await ask(list);
        wanted[`${host.name} lists ${list}`] = "403";
      }
    }

    assert.deepEqual(answered, wanted);
  });

  test("the API servers stop in mid-delivery: it says so, every host stays well, and the same command finishes it", async () => {
    const untouched = await each(standingIds);
    await cluster.greet(second);
    await cluster.planner("split");
    const goOn = await holdSecretOf("k2");
    const delivering = deliver();
    await eventually(async () => (await claimed("k1")) === "3", { what: "the Secret of k1 is written", deadlineMs });
    await each(async (host) => host.docker("kill", "kube-apiserver"));

    const { exitCode, stdout, stderr } = await delivering;

    assert.deepEqual([exitCode, stdout], [69, "k1: generation 3 delivered\n"]);
    assert.match(stderr, /the Kubernetes API does not answer/);
    assert.match(stderr, /PATCH https:\/\/10\.77\.0\.11:6443\/\S+\/secrets\/k2/);
    await goOn();
    await eventually(async () => (await cluster.acknowledged(host("k1"))).startsWith("3 applied "), {
      what: "k1 has what reached its Secret",
      deadlineMs,
    });
    await allWell();
    assert.deepEqual(
      [await generations(), await greetings()],
      [
        [3, 2, 2],
        [second, first, first],
      ],
    );
    assert.deepEqual(await each(standingIds), untouched);

    const again = await deliver();

    assert.equal(again.exitCode, 0, again.stderr);
    for (const name of names) assert.match(again.stdout, new RegExp(`^${name}: generation 3 applied$`, "m"));
    assert.deepEqual(
      [await generations(), await greetings()],
      [
        [3, 3, 3],
        [second, second, second],
      ],
    );
    assert.deepEqual(await each(standingIds), untouched);
  });

  test("no key and no line of a host config is in the Secrets, in what deliver printed, or in what the API servers logged", async () => {
    const needles = [...(await secretsBelow(cluster.directory)), ...(await linesOfHostConfigs())];
    // they are what host configs have, and would be found
    for (const name of names)
      assert.ok(secretsIn(await readFile(join(cluster.directory, "hosts", `${name}.yaml`)), needles).length > 10, name);
    const logs = await each(async (one) => (await one.readFile("/var/log/kube-apiserver/audit.log")).toString());
    const secrets = await cluster.kubectl("--namespace", deliveryNamespace, "get", "secrets", "-o", "json");
    const contents = [secrets, ...logs].map(contentsIn);
    const all = [...printed, secrets, ...logs, ...contents.flat()];
    for (const [index, text] of all.entries()) assert.deepEqual(secretsIn(text, needles), [], `text ${index}`);
    assert.equal(contents[0]?.length, 3);
    // each that was delivered is in the log of the server that took it
    assert.ok(contents.slice(1).flat().length >= 6, "the logs have what was delivered");
  });

  const host = (name: string): LabHost => cluster.lab.host(name);

  /** Asks for a path below the Secrets as the agent of this host does, with what it has in force; resolves to the status of the answer. */
  async function asAgentOf(one: LabHost): Promise<(path: string) => Promise<string>> {
    // what the planner wrote
    const { node, secrets } = parse((await one.readFile(inForcePath)).toString()) as InForce;
    const at = async (kind: "ca" | "certificate" | "key"): Promise<string> => {
      const file = join(cluster.directory, `agent-of-${one.name}.${kind}`);
      await writeFile(file, secrets[node.api[kind]] ?? assert.fail(kind), { mode: 0o600 });
      return file;
    };
    const by = ["--cacert", await at("ca"), "--cert", await at("certificate"), "--key", await at("key")];
    const url = `https://${host("k1").ip}:6443/api/v1/namespaces/${deliveryNamespace}/secrets`;
    const status = ["-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}"];
    return async (path) => cluster.lab.net("curl", ...status, ...by, `${url}${path}`);
  }

  /** The generation that the Secret says it has. */
  async function claimed(name: string): Promise<string> {
    const path = String.raw`jsonpath={.metadata.annotations.flexkube\.io/generation}`;
    return (await cluster.kubectl("--namespace", deliveryNamespace, "get", "secret", name, "-o", path)).trim();
  }

  /** Whoever writes this Secret waits for one that never answers. Resolves once that is so, to what ends it. */
  async function holdSecretOf(name: string): Promise<() => Promise<void>> {
    const silent = host("k3");
    const listen = ["nc", "-ll", "-p", "9443", "-e", "sleep", "1000"];
    await silent.docker("run", "-d", "--name", "silent", "--network", "host", "busybox:lab", ...listen);
    const file = join(cluster.directory, "silent.json");
    await writeFile(file, JSON.stringify(webhookFor(name, `https://${silent.ip}:9443`)));
    await cluster.kubectl("apply", "-f", file);
    const secret = ["--namespace", deliveryNamespace, "secret", name] as const;
    const tryIt = ["--overwrite", "--dry-run=server", "--request-timeout=2s"];
    const isHeld = async (): Promise<boolean> =>
      cluster.kubectl("annotate", ...secret, "tried=1", ...tryIt).then(
        () => false,
        (error: unknown) => /exceeded/.test(String(error)),
      );
    await eventually(isHeld, { what: `writes of ${name} are held`, deadlineMs });
    return async () => {
      await eventually(async () => cluster.kubectl("delete", "--ignore-not-found", "-f", file), {
        what: "the API is back",
        deadlineMs,
      });
      await silent.docker("rm", "-f", "silent");
    };
  }

  /** Every node Ready and every container of every host healthy, by reports of later than this call. */
  async function allWell(): Promise<void> {
    await cluster.ready(hosts, deadlineMs);
    const begun = Date.now();
    for (const one of hosts)
      await eventually(
        async () => {
          const { writtenAt, result, components } = await cluster.report(one);
          const ill = components.filter(({ healthy }) => !healthy);
          if (Date.parse(writtenAt) > begun && result === "settled" && ill.length === 0) return true;
          throw new Error(JSON.stringify({ writtenAt, result, ill }));
        },
        { what: `${one.name} is well`, deadlineMs },
      );
  }

  /** Of each: its first line, which has the digest of the whole, and the greeting, which is nowhere else. */
  async function linesOfHostConfigs(): Promise<readonly Needle[]> {
    return Promise.all(
      names.map(async (name) => {
        const text = await readFile(join(cluster.directory, "hosts", `${name}.yaml`), "utf8");
        return { name: `a line of ${name}.yaml`, forms: [text.split("\n")[0] ?? "", "kind: Host", second] };
      }),
    );
  }
});

/** What Secrets hold, by whatever names and wherever they stand in the text. */
function contentsIn(text: string): readonly Buffer[] {
  return [...text.matchAll(/": ?"([A-Za-z0-9+/]{200,}=*)"/g)].map(([, data = ""]) => Buffer.from(data, "base64"));
}

function webhookFor(name: string, url: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "silent" },
    webhooks: [
      {
        name: "silent.example.org",
        clientConfig: { url },
        rules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["secrets"], scope: "Namespaced" },
        ],
        matchConditions: [{ name: "one", expression: `request.name == "${name}"` }],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        failurePolicy: "Fail",
        timeoutSeconds: 30,
      },
    ],
  };
}
