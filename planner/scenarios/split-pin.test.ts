// split --pin: digests are asked for once, stand in the lock file, and are what hosts get from then on.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parse } from "yaml";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { FakeMachine } from "#planner/cli/testing/fake-machine.ts";
import type { RegistryRequest } from "#planner/io/ask-registry.ts";
import { kubernetesCluster } from "#planner/testing/kubernetes-cluster.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";

const named = "images: { lock: images.lock.yaml }\n";
const lockOf = (machine: FakeMachine): Readonly<Record<string, string>> =>
  // what the test has just had written
  (parse(machine.text("images.lock.yaml") ?? "{}") as { images: Record<string, string> }).images;

/** A registry that has everything, each tag another content; `edition` makes it another one. */
function serve(machine: FakeMachine, edition = "0"): readonly string[] {
  const asked: string[] = [];
  machine.serveImages(async ({ url }: RegistryRequest) => {
    asked.push(url.href);
    const digest = `sha256:${createHash("sha256").update(`${edition}${url.href}`).digest("hex")}`;
    return Promise.resolve({ status: 200, headers: { "docker-content-digest": digest }, body: new Uint8Array() });
  });
  return asked;
}

/** All texts below a value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

test("every image of every host, helpers' and add-ons' included, has its digest behind", async () => {
  const machine = fakeMachine(`${kubernetesCluster}${named}`);
  serve(machine);

  const { code, stdout, stderr } = await machine.run("split", "--pin");

  assert.equal(code, 0, stderr);
  const images = Object.entries(lockOf(machine));
  assert.ok(images.length >= 9, images.join("\n"));
  assert.match(stdout, new RegExp(`^images.lock.yaml: digests of ${images.length} images, ${images.length} new$`, "m"));
  const texts = Object.values(machine.hosts()).flatMap(textsIn).join("\n");
  for (const [image, digest] of images) {
    assert.ok(texts.includes(`${image}@${digest}`), image);
    assert.ok(!texts.replaceAll(`${image}@${digest}`, "").includes(image), image);
  }
  assert.ok(texts.includes("image: registry.k8s.io/coredns/coredns:"));
});

test("no other split asks a registry, and the same lock file is the same host config", async () => {
  const machine = fakeMachine(`${smallCluster}${named}`);
  serve(machine);
  assert.equal((await machine.run("split", "--pin")).code, 0);
  const before = machine.text("hosts/h1.yaml");
  machine.serveImages(async ({ url }) => Promise.reject(new Error(url.href)));

  assert.equal((await machine.run("split")).code, 0);
  assert.equal((await machine.run("diff")).code, 0);
  assert.equal((await machine.run("validate")).code, 0);
  assert.equal(machine.text("hosts/h1.yaml"), before);
});

test("a tag that was moved is told when somebody asks anew, and hosts have the former image until then", async () => {
  const machine = fakeMachine(`${smallCluster}${named}`);
  serve(machine);
  await machine.run("split", "--pin");
  const before = lockOf(machine);
  serve(machine, "1");
  assert.equal((await machine.run("diff")).code, 0);

  const { stdout } = await machine.run("split", "--pin");

  const [image = "", digest = ""] = Object.entries(before)[0] ?? [];
  assert.ok(stdout.includes(`  ${image} is another one now: ${digest} -> ${lockOf(machine)[image]}\n`), stdout);
  const writes = machine.writes.length;
  assert.match((await machine.run("split", "--pin")).stdout, /images, as before$/m);
  assert.equal(machine.writes.length, writes);
});

test("one registry that gives no digest is named with each of its images, and nothing is written", async () => {
  const machine = fakeMachine(`${kubernetesCluster}${named}`);
  const asked: string[] = [];
  machine.serveImages(async ({ url }) => {
    asked.push(url.host);
    if (url.host === "registry.k8s.io") return Promise.resolve({ status: 404, headers: {}, body: new Uint8Array() });
    return Promise.reject(new Error(`nothing listens at ${url.host}`));
  });

  const { code, stderr, stdout } = await machine.run("split", "--pin");

  assert.deepEqual([code, stdout], [69, ""]);
  assert.match(stderr, /^quay\.io\/coreos\/etcd:v\S+: nothing listens at quay\.io$/m);
  assert.match(stderr, /^quay\.io\/poseidon\/kubelet:v\S+: nothing listens at quay\.io$/m);
  assert.match(stderr, /^registry\.k8s\.io\/kube-proxy:v\S+: registry\.k8s\.io has no such image or tag$/m);
  assert.deepEqual(machine.writes, []);
  // one that is silent is not waited for again, one that answers is asked for each
  assert.equal(asked.filter((host) => host === "quay.io").length, 1);
  assert.ok(asked.filter((host) => host === "registry.k8s.io").length > 3);
});

test("an image that came later is told until its digest is asked for; one with a digest of its own keeps it", async () => {
  const machine = fakeMachine(`${smallCluster}${named}`);
  const asked = serve(machine);
  await machine.run("split", "--pin");
  const own = `example.org/own:1@sha256:${"cd".repeat(32)}`;
  machine.put(
    "cluster.yaml",
    `${smallCluster.replace(/^containers:\n/m, `containers:\n  late: { hosts: h1, image: "example.org/late:1" }\n  own: { hosts: h1, image: "${own}" }\n`)}${named}`,
  );

  const { code, stderr } = await machine.run("split");

  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /images\.lock: images\.lock\.yaml has no digest of example\.org\/late:1 \(flexkube-planner split --pin/,
  );
  const count = asked.length;
  assert.equal((await machine.run("split", "--pin")).code, 0);
  assert.ok(!asked.slice(count).some((url) => url.includes("own")));
  assert.equal(machine.hosts()["h1"]?.containers["own"]?.image, own);
  assert.match(machine.hosts()["h1"]?.containers["late"]?.image ?? "", /^example\.org\/late:1@sha256:/);
});

test("a lock file that is named and is not there, is damaged, or is not named at all, is told with what to type", async () => {
  const rows = [
    [
      undefined,
      /^cluster\.yaml:\d+:\d+: images\.lock: images\.lock\.yaml does not exist \(flexkube-planner split --pin makes it\)$/m,
    ],
    ["images: {", /^images\.lock\.yaml:/m],
    [
      "apiVersion: flexkube/v1alpha1\nkind: ImageLock\nimages: { nginx: latest }\n",
      /^images\.lock\.yaml:3:\d+: images\.nginx: /m,
    ],
  ] as const;
  for (const [text, words] of rows)
    for (const command of ["validate", "split"]) {
      const machine = fakeMachine(`${smallCluster}${named}`);
      if (text !== undefined) machine.put("images.lock.yaml", text);
      const { code, stderr } = await machine.run(command);
      assert.equal(code, 65);
      assert.match(stderr, words);
      assert.ok(!machine.files.has("hosts/h1.yaml"));
    }
  const damaged = fakeMachine(`${smallCluster}${named}`);
  damaged.put("images.lock.yaml", "kind: ImageLock\nimages: {");
  serve(damaged);
  assert.equal((await damaged.run("split", "--pin")).code, 0);
  const unnamed = fakeMachine(smallCluster);
  serve(unnamed);
  const { code, stderr } = await unnamed.run("split", "--pin");
  assert.equal(code, 65);
  assert.match(stderr, /images\.lock: no lock file is named.*\(write images: \{ lock: images\.lock\.yaml \}/);
});

test("another file than a lock file is never written over", async () => {
  for (const [path, text] of [
    ["cluster.yaml", undefined],
    ["pki/state.yaml", "kind: PlannerState\n"],
    ["notes", "mine"],
  ] as const) {
    const machine = fakeMachine(`${smallCluster}images: { lock: ${path} }\n`);
    if (text !== undefined) machine.put(path, text);
    const before = machine.text(path);
    const asked = serve(machine);

    const { code, stderr } = await machine.run("split", "--pin");

    assert.deepEqual([code, machine.text(path), asked], [65, before, []]);
    assert.match(stderr, /images\.lock: .* is another file, and no lock file \(take it away, or name another one\)/);
  }
});

test("archives beside digests are told: an engine does not go by them", async () => {
  const machine = fakeMachine(`${smallCluster}${named.replace("{ ", "{ directory: /srv/images, ")}`);
  serve(machine);
  assert.match((await machine.run("split", "--pin")).stderr, /images\.directory: archives have no digests/);
});
