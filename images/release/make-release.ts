// Makes the files of a release, one architecture after the other.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version as node } from "node:process";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

import { buildProgram } from "../agent/build.ts";
import type { Arch } from "../agent/node-binary.ts";
import type { Program } from "../agent/bundle.ts";
import manifest from "../../package.json" with { type: "json" };
import { debianParts, lockedDigests, type Licensed } from "./collect.ts";
import type { Part } from "./packages.ts";
import { packageEntries, packageName, providerName, registryManifest, sumsText } from "./provider-package.ts";
import { provenance } from "./provenance.ts";
import { sbom } from "./sbom.ts";
import { zip } from "./zip.ts";

export type Source = { readonly commit: string; readonly tag: string | undefined };

export type ReleaseOf = {
  /** Where the files go. */
  readonly out: string;
  /** Where they are built; LICENSES.txt lies there. */
  readonly work: string;
  readonly from: Source;
  readonly programs: Readonly<Record<Program, readonly Licensed[]>>;
  readonly say: (line: string) => void;
  /** Runs a program in the repository; what it prints. */
  readonly output: (file: string, ...args: readonly string[]) => Promise<string>;
};

export class Release {
  readonly #about: ReleaseOf;
  /** SHA-256 of what was written, by name. */
  readonly #digests = new Map<string, string>();
  readonly #parts = new Map<string, Part>();

  constructor(about: ReleaseOf) {
    this.#about = about;
  }

  async #write(name: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await writeFile(join(this.#about.out, name), content, { mode });
    this.#digests.set(name, createHash("sha256").update(content).digest("hex"));
    this.#about.say(`${name}, ${Math.ceil(Buffer.byteLength(content) / 1024)} KiB`);
  }

  #billOf(name: string, kind: "application" | "container", parts: readonly Part[]): string {
    for (const part of parts) this.#parts.set(part.purl, part);
    return sbom({ name, version: manifest.version, kind, node: node.slice(1), parts });
  }

  /** Executables of one architecture, the provider's archive, the agent's image around one of them, and a bill of materials for each. */
  async arch(debian: string, arch: Arch): Promise<void> {
    const dist = join(this.#about.work, debian);
    for (const program of ["agent", "planner"] as const) {
      this.#about.say(`building the ${program} for ${debian}`);
      const file = await buildProgram(program, arch, { dist, commit: this.#about.from.commit });
      const name = `flexkube-${program}-${manifest.version}-linux-${debian}`;
      await this.#write(name, await readFile(file), 0o755);
      await this.#write(`${name}.cdx.json`, this.#billOf(`flexkube-${program}`, "application", this.#partsOf(program)));
    }
    await this.#provider(debian, arch, dist);
    await this.#image(debian, dist);
  }

  #partsOf(program: Program): readonly Part[] {
    return this.#about.programs[program].map(({ part }) => part);
  }

  async #provider(debian: string, arch: Arch, dist: string): Promise<void> {
    this.#about.say(`building the provider for ${debian}`);
    const file = await buildProgram("provider", arch, { dist, commit: this.#about.from.commit });
    const licences = await readFile(join(this.#about.work, "LICENSES.txt"), "utf8");
    const name = packageName(manifest.version, `linux_${debian}`);
    await this.#write(`${name}.zip`, zip(packageEntries(manifest.version, await readFile(file), licences)));
    await this.#write(`${name}.cdx.json`, this.#billOf(providerName, "application", this.#partsOf("provider")));
  }

  /** What a registry asks for besides the archives. Its checksums are signed by whoever publishes. */
  async #registryFiles(): Promise<void> {
    await this.#write(packageName(manifest.version, "manifest.json"), registryManifest());
    const isListed = (name: string): boolean => name.startsWith(providerName) && /\.zip$|_manifest\.json$/.test(name);
    const listed = [...this.#digests].filter(([name]) => isListed(name));
    await this.#write(packageName(manifest.version, "SHA256SUMS"), sumsText(listed));
  }

  async #image(debian: string, dist: string): Promise<void> {
    const root = await this.#about.output("images/agent/image", "--base", debian);
    const parts = [...this.#partsOf("agent"), ...(await debianParts(root))];
    const bill = this.#billOf("flexkube-agent", "container", parts);
    await mkdir(join(dist, "documents"), { recursive: true });
    await writeFile(join(dist, "documents/sbom.cdx.json"), bill);
    await copyFile(join(this.#about.work, "LICENSES.txt"), join(dist, "documents/LICENSES.txt"));
    const tar = await this.#about.output("images/agent/image", debian, dist);
    const name = `flexkube-agent-${manifest.version}-linux-${debian}.image`;
    await this.#write(`${name}.tar.gz`, await promisify(gzip)(await readFile(tar), { level: 9 }));
    await this.#write(`${name}.cdx.json`, bill);
  }

  /** Licences, provenance and checksums of all that is there. */
  async close(used: Readonly<Record<string, string>>): Promise<void> {
    await this.#registryFiles();
    await this.#write("LICENSES.txt", await readFile(join(this.#about.work, "LICENSES.txt")));
    const digests = await lockedDigests();
    const nodes = [...digests.keys()].filter((purl) => purl.startsWith("pkg:npm/node-linux-"));
    const uris = [...new Set([...this.#parts.keys(), ...nodes])];
    const dependencies = uris.map((uri) => {
      const sha512 = digests.get(uri);
      return sha512 === undefined ? { uri } : { uri, digest: { sha512 } };
    });
    const about = { ...this.#about.from, version: manifest.version, dependencies, tools: used };
    await this.#write("provenance.intoto.json", provenance({ ...about, files: Object.fromEntries(this.#digests) }));
    await this.#write("SHA256SUMS", sumsText(this.#digests));
  }
}
