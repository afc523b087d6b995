// Images for the demo from a registry of this machine, by skopeo: what is taken, and that nothing half stays of one that does not deliver.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { arch, env } from "node:process";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { demoImages } from "./demo-images.ts";
import type { DemoImagesOptions } from "./demo-images.ts";
import { fetchImages } from "./fetch-images.ts";
import { programOf } from "./program.ts";
import { startRegistryHere } from "./registry.ts";
import type { RegistryOptions } from "./registry.ts";
import { runCommand, tryCommand } from "./run-command.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const hasSkopeo = (await tryCommand(["bash", "-c", "type -P skopeo"])).exitCode === 0;
const skip = !hasSkopeo && env["REQUIRE_DOCKER"] !== "1" && "skopeo is not installed (.ci/debian registries)";
const own = arch === "x64" ? "amd64" : arch;
/** So long that a busy machine keeps them. */
const patient = { answerMs: 60_000, stallMs: 60_000 };

/** An image with one program, as registries have it. */
async function imageTar(folder: string, architecture = own): Promise<string> {
  const root = join(folder, "root");
  await mkdir(join(root, "bin"), { recursive: true });
  await writeFile(join(root, "bin/pause"), "#!/bin/sh\necho of the registry\n");
  // more than one piece of the registry, and than what gzip makes nothing of
  await writeFile(join(root, "ballast"), crypto.getRandomValues(new Uint8Array(65_536)));
  const tar = join(folder, "served.tar");
  await runCommand([
    join(project, "images/docker-archive"),
    tar,
    "pause:1",
    root,
    '{"Cmd":["/bin/pause"]}',
    architecture,
  ]);
  return tar;
}

type Scenario = Partial<RegistryOptions> & { readonly architecture?: string };

/** A cache with nothing in it but Go and, on this machine, a registry in the place of registry.k8s.io. */
async function scenario(t: TestContext, { architecture, ...options }: Scenario = {}) {
  const folder = await mkdtemp(join(tmpdir(), "flexkube-fetch-"));
  t.after(async () => rm(folder, { recursive: true }));
  const tar = await imageTar(folder, architecture);
  const registry = await startRegistryHere({ tar, image: "pause:3.10.2", ...options });
  t.after(registry.stop);
  const cache = join(folder, "cache");
  await mkdir(cache);
  const go = join(env["FLEXKUBE_CACHE"] ?? `${homedir()}/.cache/flexkube`, "go");
  if (existsSync(go)) await symlink(go, join(cache, "go"));
  const environment = await inPlaceOf(folder, { "registry.k8s.io": registry.server });
  return { folder, cache, tar, registry, environment };
}

/** The environment of a skopeo that goes to these servers instead. */
async function inPlaceOf(
  folder: string,
  servers: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const places = Object.entries(servers).map(
    ([name, server]) => `[[registry]]\nprefix = "${name}"\nlocation = "${server}"\ninsecure = true\n`,
  );
  await mkdir(join(folder, ".config/containers"), { recursive: true });
  await writeFile(join(folder, ".config/containers/registries.conf"), places.join(""));
  return { HOME: folder };
}

type Place = Pick<Awaited<ReturnType<typeof scenario>>, "cache" | "environment">;

/** What the demo gets of `pause` alone, which compiles in a moment, and what it tells. */
async function pauseOf({ cache, environment }: Place, options: DemoImagesOptions = {}) {
  const told: string[] = [];
  const tell = (line: string): void => void told.push(line);
  const fetched = await demoImages({ names: ["pause"], cache, tell, environment, ...patient, ...options });
  return { fetched: fetched.get("pause"), told, kept: await readdir(join(cache, "fetched")).catch(() => []) };
}

test("an image of the registry is taken as a tar for docker load, once, and none is compiled", { skip }, async (t) => {
  const place = await scenario(t);

  const { fetched, told, kept } = await pauseOf(place);
  const asked = place.registry.requests().length;
  const again = await pauseOf(place);

  assert.ok(fetched);
  assert.equal(fetched.reference, "registry.k8s.io/pause:3.10.2");
  const [manifest] = JSON.parse(await runCommand(["tar", "-xOf", fetched.tar, "manifest.json"])) as [
    { readonly RepoTags: readonly string[] },
  ];
  assert.deepEqual(manifest.RepoTags, ["registry.k8s.io/pause:3.10.2"]);
  assert.equal(await runCommand([await programOf(fetched, "usr/bin/pause", place.folder)]), "of the registry\n");
  assert.match(told.at(-1) ?? "", /^pause: registry\.k8s\.io\/pause:3\.10\.2@sha256:[0-9a-f]{64}, 1 MiB$/);
  assert.deepEqual(new Set(kept), new Set(["pause.json", "pause.tar"]));
  assert.equal(existsSync(join(place.cache, "images/pause.tar")), false);
  assert.deepEqual(again.fetched, fetched);
  assert.equal(place.registry.requests().length, asked);
});

test(
  "what images/lab/make has made is not asked for, and an image of the registry does not stand for it",
  { skip },
  async (t) => {
    const place = await scenario(t);
    await pauseOf(place);

    const compiled = await pauseOf(place, { compile: true });
    const asked = place.registry.requests().length;
    const after = await pauseOf(place);

    assert.equal(compiled.fetched, undefined);
    assert.ok(existsSync(join(place.cache, "images/pause.tar")));
    assert.equal(after.fetched, undefined);
    assert.equal(place.registry.requests().length, asked);
  },
);

const faults: Readonly<
  Record<string, { readonly scenario: Scenario; readonly options?: DemoImagesOptions; readonly told: RegExp }>
> = {
  "answers nothing": {
    scenario: { fault: "silent" },
    options: { answerMs: 1000 },
    told: /registry\.k8s\.io: no answer within 1 s/,
  },
  "has no such image": { scenario: { image: "pause:1" }, told: /registry\.k8s\.io: .*manifest unknown/ },
  "cuts the transfer": { scenario: { fault: "cuts" }, told: /registry\.k8s\.io: .*unexpected EOF/ },
  "stops in the middle": {
    scenario: { fault: "stalls" },
    options: { stallMs: 3000 },
    told: /registry\.k8s\.io: nothing more arrived for 3 s/,
  },
  "has another architecture's": { scenario: { architecture: "s390x" }, told: /registry\.k8s\.io: only for s390x/ },
};

for (const [fault, { scenario: of, options, told: expected }] of Object.entries(faults))
  test(
    `of a registry that ${fault} nothing half stays, one line tells why, and the image is compiled`,
    { skip },
    async (t) => {
      const place = await scenario(t, of);

      const { fetched, told, kept } = await pauseOf(place, options);

      assert.equal(fetched, undefined);
      assert.deepEqual(kept, []);
      const why = told.filter((line) => line.startsWith("not had from a registry: pause ("));
      assert.equal(why.length, 1, told.join("\n"));
      assert.match(why[0] ?? "", expected);
      assert.match(told.join("\n"), /^to be made .*: pause$/m);
      assert.ok(existsSync(join(place.cache, "images/pause.tar")));
    },
  );

test("a registry that fails is asked for no further image, and keeps nobody from another's", { skip }, async (t) => {
  const { folder, tar, registry } = await scenario(t, { fault: "cuts" });
  const other = await startRegistryHere({ tar, image: "coreos/etcd:v1" });
  t.after(other.stop);
  const environment = await inPlaceOf(folder, { "registry.k8s.io": registry.server, "quay.io": other.server });
  const told: string[] = [];
  const wanted = [
    { name: "pause", reference: "registry.k8s.io/pause:3.10.2" },
    { name: "coredns", reference: "registry.k8s.io/coredns/coredns:v1" },
    { name: "etcd37", reference: "quay.io/coreos/etcd:v1" },
  ];

  const images = await fetchImages(wanted, {
    directory: join(folder, "fetched"),
    tell: (line) => void told.push(line),
    environment,
    ...patient,
  });

  assert.deepEqual([...images.keys()], ["etcd37"]);
  assert.ok(registry.requests().every((request) => !request.includes("coredns")));
  assert.match(told.join("\n"), /^not had from a registry: pause, coredns \(registry\.k8s\.io: .*\)$/m);
});

test("without skopeo and without a network one line says so, and the image is compiled", async (t) => {
  const { folder, cache } = await scenario(t);
  const withoutSkopeo = join(folder, "environment");
  await writeFile(withoutSkopeo, "type() { false; }\n");
  const environment = { BASH_ENV: withoutSkopeo, https_proxy: "http://127.0.0.1:1" };

  const { fetched, told } = await pauseOf({ cache, environment });

  assert.equal(fetched, undefined);
  assert.ok(told.includes("not had from a registry: registry.k8s.io cannot be reached"), told.join("\n"));
  assert.ok(existsSync(join(cache, "images/pause.tar")));
});
