// A release made twice, in two directories, is the same bytes; and what is in it is what RELEASING.md says.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runCommand, tryCommand } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import manifest from "../../package.json" with { type: "json" };
import { repository } from "../agent/bundle.ts";
import { askedLibraries, systemLibraries } from "../agent/testing/asked-libraries.ts";
import { checkProvenance } from "./testing/check-provenance.ts";

const { version } = manifest;
const nothingElse = "git -c user.name=test -c user.email=test@flexkube.test";

describe("a release", { skip: skipWithoutRelease(), timeout: 2_400_000 }, () => {
  let work: string;
  let clones: readonly string[];
  const sums = async (clone: string): Promise<string> => readFile(join(clone, "dist/release/SHA256SUMS"), "utf8");
  const release = async (clone: string, ...args: readonly string[]) =>
    tryCommand(["node", join(clone, "images/release/main.ts"), ...args]);

  before(async () => {
    work = await mkdtemp(join(tmpdir(), "flexkube-release-"));
    clones = [join(work, "one"), join(work, "another/place")];
    for (const clone of clones) {
      await runCommand([
        "sh",
        "-euc",
        `git clone -q "$1" "$2" && cp -a "$1/node_modules" "$2/"`,
        "sh",
        repository,
        clone,
      ]);
      await runCommand(["sh", "-euc", `cd "$1" && ${nothingElse} tag -a v${version} -m test`, "sh", clone]);
    }
  });
  after(async () => rm(work, { recursive: true, force: true }));

  test("is refused for what no commit has, and without a tag of its version", async () => {
    const [clone = ""] = clones;
    await runCommand(["sh", "-euc", `cd "$1" && git tag -d v${version} && echo x >new`, "sh", clone]);
    const changed = await release(clone);
    assert.equal(changed.exitCode, 1);
    assert.match(changed.stderr, /there are changes that no commit has:\n\?\? new/);
    await rm(join(clone, "new"));
    const untagged = await release(clone);
    assert.equal(untagged.exitCode, 1);
    assert.match(untagged.stderr, new RegExp(`has no tag v${version}`));
    await runCommand(["sh", "-euc", `cd "$1" && ${nothingElse} tag -a v${version} -m again`, "sh", clone]);
  });

  test("has the same bytes in two directories", async () => {
    for (const clone of clones) {
      const made = await release(clone);
      assert.equal(made.exitCode, 0, made.stderr);
    }
    const [one = "", other] = await Promise.all(clones.map(sums));
    assert.equal(one, other);
    assert.equal(one.trim().split("\n").length, 20);
  });

  test("can be checked, and its programs say the commit", async () => {
    const [clone = ""] = clones;
    const files = join(clone, "dist/release");
    await runCommand(["sh", "-euc", 'cd "$1" && sha256sum -c --quiet SHA256SUMS', "sh", files]);
    const commit = (await runCommand(["git", "-C", clone, "rev-parse", "HEAD"])).trim();
    const native = (await runCommand(["dpkg", "--print-architecture"])).trim();
    for (const program of ["flexkube-agent", "flexkube-planner"]) {
      const said = await runCommand([join(files, `${program}-${version}-linux-${native}`), "version"]);
      assert.equal(said, `${program} ${version} (commit ${commit})\n`);
    }
  });

  test("has a provenance that names its files, its commit and all that they were made of", async () => {
    const [clone = ""] = clones;
    const commit = (await runCommand(["git", "-C", clone, "rev-parse", "HEAD"])).trim();
    await checkProvenance(join(clone, "dist/release"), { tree: clone, commit, version, tag: `v${version}` });
  });

  test("asks on both architectures for the same of the system", async () => {
    const [clone = ""] = clones;
    for (const program of ["flexkube-agent", "flexkube-planner"])
      for (const [debian, arch] of [
        ["amd64", "x64"],
        ["arm64", "arm64"],
      ] as const) {
        const file = join(clone, "dist/release", `${program}-${version}-linux-${debian}`);
        const { newest, ...asked } = await askedLibraries(file);
        assert.deepEqual(asked, systemLibraries(arch));
        assert.deepEqual([newest["GLIBC"], newest["GLIBCXX"]], ["2.28", "3.4.21"], file);
      }
  });

  test("names every part with its licence, in the image too", async () => {
    const [clone = ""] = clones;
    const files = join(clone, "dist/release");
    const licences = await readFile(join(files, "LICENSES.txt"), "utf8");
    const bills = (await readdir(files)).filter((name) => name.endsWith(".cdx.json"));
    assert.equal(bills.length, 8);
    for (const name of bills) {
      const { components } = JSON.parse(await readFile(join(files, name), "utf8")) as {
        readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
      };
      assert.ok(components.some((part) => part.name === "node"));
      for (const part of components)
        if (part.purl.startsWith("pkg:npm/"))
          assert.ok(licences.includes(`\n${part.name} ${part.version} (`), part.purl);
      assert.equal(
        components.some(({ purl }) => purl.startsWith("pkg:deb/debian/libc6@")),
        name.includes(".image."),
      );
    }
    const list = await runCommand([
      "sh",
      "-euc",
      `tar -xzOf "$1" layer.tar | tar -tf -`,
      "sh",
      join(files, `flexkube-agent-${version}-linux-amd64.image.tar.gz`),
    ]);
    for (const path of [
      "usr/share/doc/flexkube/LICENSES.txt",
      "usr/share/doc/flexkube/sbom.cdx.json",
      "var/lib/dpkg/status.d/libc6",
    ])
      assert.ok(list.includes(`./${path}\n`), path);
  });
});
