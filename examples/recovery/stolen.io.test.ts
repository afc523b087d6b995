// The page "A host was stolen", typed by an operator for each role: what the thief then has, and what the cluster still takes from it.
import assert from "node:assert/strict";
import { X509Certificate, createPublicKey } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { changedYaml } from "#lab/changed-yaml.ts";
import { readCommands } from "#lab/read-commands.ts";
import { runCommand, tryCommand } from "#lab/run-command.ts";
import { timeText } from "#planner/pki/certificate.ts";
import { goneText } from "#planner/split/report/report-gone.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const page = new URL("README.md", import.meta.url);
const roles = {
  worker: "A worker was stolen",
  balancer: "A host without etcd and Kubernetes was stolen",
  member: "An etcd member or a host of the control plane was stolen",
  founder: "The new cluster after a theft",
} as const;
/** All nodes are this user at the API. */
const sharedUser = "system:kube-proxy";

describe("a host was stolen", () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "flexkube-stolen-"));
    await mkdir(join(root, "bin"));
    const node = `NODE_COMPILE_CACHE=${root}/compiled exec ${project}node_modules/.bin/node ${project}planner/main.ts "$@"`;
    await writeFile(join(root, "bin/flexkube-planner"), `#!/bin/sh\necho "flexkube-planner $*" >> typed\n${node}\n`, {
      mode: 0o755,
    });
    // what was typed, and what an object applied is
    const kubectl = 'echo "kubectl $*" >> typed\nif [ "$1" = apply ]; then cat > applied.yaml; fi';
    await writeFile(join(root, "bin/kubectl"), `#!/bin/sh\n${kubectl}\n`, { mode: 0o755 });
    await foundCluster();
  });

  after(async () => rm(root, { recursive: true, force: true }));

  /** The Kubernetes example, with a host for each role that it lacks and a secret of the user's own. */
  async function foundCluster(): Promise<void> {
    const directory = join(root, "founded");
    await mkdir(directory);
    const example = await readFile(join(project, "examples/kubernetes/cluster.yaml"), "utf8");
    const config = changedYaml(example, {
      "hosts.e1": { address: "10.77.0.15" },
      "hosts.e2": { address: "10.77.0.16" },
      "hosts.b1": { address: "10.77.0.17" },
      "etcd.hosts": ["k1", "k2", "k3", "e1", "e2"],
      "kubelets.all.hosts": ["k1", "k2", "k3", "k4"],
      apiLoadBalancers: {
        outside: {
          hosts: ["b1", "k1"],
          bind: { address: "0.0.0.0", port: 9443 },
          ops: { port: 9080 },
          servers: serversOf("k1", "k2", "k3"),
        },
      },
      containers: { own: { hosts: ["k1", "k3"], image: "busybox:1.36", files: [{ path: "word", secret: "word" }] } },
      secrets: { word: { file: "word" } },
    });
    await writeFile(join(directory, "cluster.yaml"), config);
    await writeFile(join(directory, "word"), "correct horse battery staple");
    await runCommand(["env", "-C", directory, `${root}/bin/flexkube-planner`, "split", "--bootstrapped"]);
    await rm(join(directory, "typed"));
  }

  async function operator(host: string) {
    const directory = join(root, `without-${host}`);
    await cp(join(root, "founded"), directory, { recursive: true });
    const stolen = (await hostsIn(directory)).get(host);
    assert.ok(stolen !== undefined);
    const type = (script: string) =>
      tryCommand(["env", "-C", directory, `PATH=${root}/bin:${process.env["PATH"]}`, "sh", "-euc", script]);
    return {
      directory,
      stolen,
      /** What the page says to type below a heading; its exit code must be 0. */
      async types(heading: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
        const result = await type(await readCommands(page, heading));
        assert.equal(result.exitCode, 0, result.stderr);
        return result;
      },
      validate: () => type("flexkube-planner validate"),
      async edit(changes: Parameters<typeof changedYaml>[1]): Promise<void> {
        const file = join(directory, "cluster.yaml");
        await writeFile(file, changedYaml(await readFile(file, "utf8"), changes));
      },
      others: async () => [...(await hostsIn(directory))].filter(([name]) => name !== host).map(([, found]) => found),
      typed: async () => (await readFile(join(directory, "typed"), "utf8")).trim().split("\n"),
    };
  }

  test("a worker: nothing of it is another's, all other hosts forget it, and its names may write nothing", async () => {
    const thief = await operator("k4");
    await thief.edit({ "hosts.k4": undefined, "kubelets.all.hosts": ["k1", "k2", "k3"] });

    const { stderr } = await thief.types(roles.worker);

    const { stolen } = thief;
    const others = await thief.others();
    const authorities = await authoritiesIn(thief.directory);
    assert.equal(authorities.length, 3);
    for (const key of keysOf(stolen.config))
      assert.ok(
        !authorities.some((authority) => authority.publicKey.export(der).equals(createPublicKey(key).export(der))),
      );
    for (const [name, value] of secretsOf(stolen.config))
      for (const { config } of others) assert.ok(!Object.values(config.secrets).includes(value), name);
    for (const other of others) assertForgets(other, "k4", "10.77.0.14", stolen.config.podNetwork?.podCidr);
    assert.match(
      stderr,
      new RegExp(`^ {2}k4 holds certificates until ${lastEnd(stolen.config)}\\. .*"${roles.worker}"`, "m"),
    );

    const [policy, binding] = parseAllDocuments(await readFile(join(thief.directory, "applied.yaml"), "utf8")).map(
      (document) => document.toJS() as Policy,
    );
    const barred = /in (\[.*\])$/.exec(policy?.spec.matchConditions?.[0]?.expression ?? "")?.[1] ?? "";
    const clients = certificatesOf(stolen.config).filter(isClient).map(commonNameOf);
    assert.deepEqual(JSON.parse(barred), [...new Set(clients)].filter((name) => name !== sharedUser).toReversed());
    assert.ok(clients.includes(sharedUser));
    assert.equal(binding?.spec.policyName, policy?.metadata.name);
    assert.deepEqual(await thief.typed(), [
      "kubectl get pods --all-namespaces --field-selector spec.nodeName=k4 --output yaml",
      "kubectl cordon k4",
      "kubectl apply --filename -",
      "kubectl delete node k4",
      "flexkube-planner validate",
      "flexkube-planner split",
    ]);
  });

  test("a host with load balancers only: it holds no key, and all other hosts forget it", async () => {
    const thief = await operator("b1");
    await thief.edit({ "hosts.b1": undefined, "apiLoadBalancers.outside.hosts": ["k1"] });

    const { stderr } = await thief.types(roles.balancer);

    assert.deepEqual(keysOf(thief.stolen.config), []);
    assert.deepEqual(secretsOf(thief.stolen.config), []);
    for (const other of await thief.others()) assertForgets(other, "b1", "10.77.0.17");
    assert.match(stderr, /b1 is no longer in the cluster config/);
    assert.doesNotMatch(stderr, /b1 holds/);
  });

  test("an etcd member and a host of the control plane: of what they hold nothing is in the new cluster, and nothing there believes their certificates", async () => {
    const thief = await operator("k3");
    const member = (await operator("e1")).stolen;
    await thief.edit({ "hosts.k3": undefined, "hosts.e1": undefined });
    const missed = await thief.validate();
    await thief.edit({
      "etcd.hosts": ["k1", "k2", "e2"],
      "controlPlane.hosts": ["k1", "k2"],
      "kubelets.all.hosts": ["k1", "k2", "k4"],
      "containers.own.hosts": ["k1"],
      "apiLoadBalancers.outside.servers": serversOf("k1", "k2"),
    });
    await writeFile(join(thief.directory, "word"), "another word");

    await thief.types(roles.founder);

    assert.notEqual(missed.exitCode, 0);
    for (const where of [/etcd\.hosts.*k3/, /etcd\.hosts.*e1/, /controlPlane\.hosts.*k3/])
      assert.match(missed.stderr + missed.stdout, where);
    const others = await thief.others();
    const authorities = await authoritiesIn(thief.directory);
    assert.deepEqual([others.length, authorities.length], [5, 3]);
    for (const { config } of [thief.stolen, member]) assertVoid(config, others, authorities);
    for (const other of others) assertForgets(other, "k3", "10.77.0.13", "e1", "10.77.0.15");
    assert.equal(others.find(({ name }) => name === "k1")?.config.secrets["word"], "another word");
    assert.deepEqual((await readdir(thief.directory)).toSorted(), ["cluster.yaml", "hosts", "pki", "typed", "word"]);
    assert.ok(!(await readdir(join(thief.directory, "pki"))).includes("old-1"));
  });

  test("what split says of a host that left names the heading for its role", async () => {
    const text = await readFile(page, "utf8");
    const hosts = await hostsIn(join(root, "founded"));

    for (const [host, role] of [
      ["k4", "worker"],
      ["k3", "member"],
      ["e1", "member"],
      ["b1", "balancer"],
    ] as const) {
      const found = hosts.get(host);
      assert.ok(found !== undefined);
      // a password, so that there is something to tell of the one that holds nothing
      const config = { ...found.config, secrets: { ...found.config.secrets, password: "correct horse" } };
      assert.ok(
        goneText({ host, config }, { out: "hosts", now: 0 }).includes(`"${roles[role]}" in examples/recovery/`),
      );
      assert.ok(text.includes(`\n### ${roles[role]}\n`));
    }
  });

  test("the hosts that remain are cleared as the README clears any", async () => {
    const clears = await readCommands(page, roles.member);
    const known = (await readCommands(join(project, "README.md"), "Taking it away again")).split("\n");

    for (const line of clears.trim().split("\n")) assert.ok(known.includes(line), line);
  });
});

type Host = { readonly name: string; readonly text: string; readonly config: HostConfig };
/** As far as these tests look at what is applied. */
type Policy = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly policyName?: string;
    readonly matchConditions?: readonly { readonly expression: string }[];
  };
};

const der = { type: "spki", format: "der" } as const;

function serversOf(...hosts: readonly string[]): Readonly<Record<string, { address: string; port: number }>> {
  return Object.fromEntries(hosts.map((host) => [host, { address: `10.77.0.1${host.slice(1)}`, port: 6443 }]));
}

async function hostsIn(directory: string): Promise<ReadonlyMap<string, Host>> {
  const found = new Map<string, Host>();
  for (const file of await readdir(join(directory, "hosts"))) {
    const name = file.replace(/\.yaml$/, "");
    const text = await readFile(join(directory, "hosts", file), "utf8");
    const parsed = parseHostConfig(text, name);
    assert.ok(parsed.ok, file);
    found.set(name, { name, text, config: parsed.value });
  }
  return found;
}

/** The certificates of all CAs in pki/. */
async function authoritiesIn(directory: string): Promise<readonly X509Certificate[]> {
  const files = (await readdir(join(directory, "pki"), { recursive: true })).filter((file) => file.endsWith("ca.crt"));
  return Promise.all(files.map(async (file) => new X509Certificate(await readFile(join(directory, "pki", file)))));
}

/** All that is not public, but for the digest key. */
function secretsOf({ secrets }: HostConfig): readonly (readonly [name: string, value: string])[] {
  return Object.entries(secrets).filter(([name]) => name !== "hash-key" && !/\.(crt|pub)$/.test(name));
}

function keysOf({ secrets }: HostConfig): readonly string[] {
  return Object.values(secrets).filter((value) => value.includes("PRIVATE KEY"));
}

/** Words of its secrets that are no PEM: encryption keys, passwords, the digest key. */
function tokensOf({ secrets }: HostConfig): readonly string[] {
  const texts = Object.values(secrets).filter((value) => !value.includes("-----BEGIN"));
  return [...texts.join("\n").matchAll(/[A-Za-z0-9+/=]{32,}|correct horse.*/g)].map(([token]) => token);
}

/** Those that its keys belong to. */
function certificatesOf({ secrets }: HostConfig): readonly X509Certificate[] {
  return Object.entries(secrets)
    .filter(([name]) => name.endsWith(".crt") && Object.hasOwn(secrets, name.replace(/\.crt$/, ".key")))
    .map(([, pem]) => new X509Certificate(pem))
    .filter(({ ca }) => !ca);
}

function isClient({ keyUsage }: X509Certificate): boolean {
  return keyUsage.includes("1.3.6.1.5.5.7.3.2");
}

function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? "";
}

function lastEnd(config: HostConfig): string {
  return timeText(Math.max(...certificatesOf(config).map(({ validToDate }) => validToDate.getTime())));
}

/** None of its keys, secrets and CAs is another's, and none of its certificates and keys is believed there. */
function assertVoid(stolen: HostConfig, others: readonly Host[], authorities: readonly X509Certificate[]): void {
  for (const [name, value] of Object.entries(stolen.secrets))
    for (const { config } of others) assert.ok(!Object.values(config.secrets).includes(value), name);
  for (const token of tokensOf(stolen)) for (const { text } of others) assert.ok(!text.includes(token));
  for (const old of certificatesOf(stolen))
    assert.ok(!authorities.some((authority) => old.verify(authority.publicKey)), old.subject);
  for (const key of keysOf(stolen).map((pem) => createPublicKey(pem)))
    for (const certificate of others.flatMap(({ config }) => certificatesOf(config)))
      assert.ok(!certificate.verify(key), certificate.subject);
}

/** What is random in a text may spell any short name; what is said in certificates is looked at as such. */
const randomWords = /(?<=-----BEGIN [A-Z ]+-----)[^-]+(?=-----END)|[A-Za-z0-9+/]{43}=/g;

/** Nothing in the host config says its name or addresses, nor does a certificate. */
function assertForgets({ name, text, config }: Host, ...words: readonly (string | undefined)[]): void {
  const certificates = certificatesOf(config).map((each) => `${each.subject}\n${each.subjectAltName ?? ""}`);
  for (const word of words) {
    assert.ok(word !== undefined);
    const pattern = new RegExp(`(?<![\\w.])${word.replaceAll(/[./]/g, "\\$&")}(?![\\w.])`);
    assert.doesNotMatch(certificates.join("\n"), pattern, name);
    const lines = text.replaceAll(randomWords, "\n").split("\n");
    assert.deepEqual(
      lines.filter((line) => pattern.test(line)),
      [],
      name,
    );
  }
}
