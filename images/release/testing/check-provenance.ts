// Compares provenance.intoto.json with the files that it is about and with the tree that they were made of, for tests.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

type Digest = Readonly<Record<string, string>>;
type Material = { readonly uri: string; readonly digest?: Digest };
type Statement = {
  readonly _type: unknown;
  readonly subject: readonly { readonly name: string; readonly digest: Digest }[];
  readonly predicateType: unknown;
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: unknown;
      readonly externalParameters: unknown;
      readonly internalParameters: { readonly tools: { readonly node: string; readonly strip: string } };
      readonly resolvedDependencies: readonly Material[];
    };
    readonly runDetails: unknown;
  };
};

export type MadeFrom = {
  /** The tree that was checked out. */
  readonly tree: string;
  readonly commit: string;
  readonly version: string;
  readonly tag: string | undefined;
};

/** Throws where they differ. */
export async function checkProvenance(files: string, { tree, commit, version, tag }: MadeFrom): Promise<void> {
  // compared below
  const statement = JSON.parse(await readFile(join(files, "provenance.intoto.json"), "utf8")) as Statement;
  const { subject, predicate } = statement;
  const { buildType, externalParameters, internalParameters, resolvedDependencies } = predicate.buildDefinition;
  assert.deepEqual(
    [statement["_type"], statement.predicateType, buildType, predicate.runDetails],
    [
      "https://in-toto.io/Statement/v1",
      "https://slsa.dev/provenance/v1",
      "urn:flexkube:release:1",
      { builder: { id: "urn:flexkube:npm-run-release" } },
    ],
  );
  const listed = (await readFile(join(files, "SHA256SUMS"), "utf8")).trim().split("\n");
  const sums = subject.map(({ name, digest }) => `${digest["sha256"] ?? ""}  ${name}`);
  assert.deepEqual(sums.toSorted(), listed.filter((line) => !line.endsWith("  provenance.intoto.json")).toSorted());
  assert.deepEqual(externalParameters, { version, ...(tag === undefined ? {} : { tag }) });
  assert.match(internalParameters.tools.node, /^v[0-9.]+$/);
  assert.match(internalParameters.tools.strip, /^GNU strip /);
  const [source, ...materials] = resolvedDependencies;
  const uri = `git+flexkube${tag === undefined ? "" : `@refs/tags/${tag}`}`;
  assert.deepEqual(source, { uri, digest: { gitCommit: commit } });
  await checkMaterials(files, materials, tree);
}

/** Every part of a bill of materials, and Node; what npm downloaded by the digest of the lock file. */
async function checkMaterials(files: string, materials: readonly Material[], tree: string): Promise<void> {
  const uris = materials.map(({ uri }) => uri);
  assert.deepEqual(uris, [...new Set(uris)].toSorted());
  for (const name of ["flexkube-agent", "flexkube-planner", "terraform-provider-flexkube"])
    assert.deepEqual(
      (await billed(files, name)).filter((purl) => !uris.includes(purl)),
      [],
      name,
    );
  const lock = await readFile(join(tree, "package-lock.json"), "utf8");
  const ofNpm = materials.filter(({ uri }) => uri.startsWith("pkg:npm/"));
  assert.ok(ofNpm.some(({ uri }) => uri.startsWith("pkg:npm/node-linux-")) && ofNpm.length > 20);
  for (const { uri, digest } of ofNpm) {
    const sha512 = digest?.["sha512"] ?? "";
    assert.ok(lock.includes(`"sha512-${Buffer.from(sha512, "hex").toString("base64")}"`), uri);
  }
  assert.ok(uris.some((uri) => uri.startsWith("pkg:deb/debian/libc6@")));
}

async function billed(files: string, program: string): Promise<readonly string[]> {
  const listed = (await readFile(join(files, "SHA256SUMS"), "utf8")).trim().split("\n");
  const names = listed
    .map((line) => line.slice(66))
    .filter((name) => name.startsWith(program) && name.endsWith(".cdx.json"));
  assert.ok(names.length > 0, program);
  const bills = await Promise.all(names.map(async (name) => readFile(join(files, name), "utf8")));
  // written by sbom.ts, whose test compares it with the schema of CycloneDX
  const purls = bills.flatMap((text) =>
    (JSON.parse(text) as { readonly components: readonly { readonly purl: string }[] }).components.map(
      ({ purl }) => purl,
    ),
  );
  // its material is npm's package of it
  return purls.filter((purl) => !purl.startsWith("pkg:generic/node@"));
}
