// The fake engine's images: there, pullable, or unknown to everybody.
import { createHash } from "node:crypto";
import { engineNotFound, engineRefused } from "#agent/engine/errors.ts";
import { readTar } from "./fake-archive.ts";
import type { FakeProgram } from "./fake-program.ts";

/** What the engine has and what a registry would give it. */
export class FakeImages {
  readonly #there = new Map<string, string>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  readonly #pullable = new Set<string>();
  readonly #programs = new Map<string, FakeProgram>();

  /** Makes an image be there; the answer is its id. */
  add(reference: string): string {
    const id = `sha256:${createHash("sha256").update(normal(reference)).digest("hex")}`;
    this.#there.set(normal(reference), id);
    return id;
  }

  /** Makes a pull of it succeed. */
  pullable(reference: string): void {
    this.#pullable.add(normal(reference));
  }

  remove(reference: string): void {
    this.#there.delete(normal(reference));
  }

  /** What containers of this image run; the image need not be there. */
  program(reference: string, program: FakeProgram): void {
    this.#programs.set(normal(reference), program);
  }

  programOf(reference: string): FakeProgram | undefined {
    const byId = [...this.#there].find(([, id]) => id === reference)?.[0];
    return this.#programs.get(byId ?? normal(reference));
  }

  /** Id of an image by reference or id. */
  idOf(reference: string): string | undefined {
    const ids = [...this.#there.values()];
    if (ids.includes(reference)) return reference;
    return this.#there.get(normal(reference));
  }

  /** As `docker commit` leaves them on the image that it makes. */
  label(reference: string, labels: Readonly<Record<string, string>>): void {
    this.#labels.set(this.add(reference), labels);
  }

  labelsOf(reference: string): Readonly<Record<string, string>> | undefined {
    const id = this.idOf(reference);
    return id === undefined ? undefined : (this.#labels.get(id) ?? {});
  }

  pull(reference: string): void {
    if (!this.#pullable.has(normal(reference)))
      throw engineNotFound("pullImage", "manifest unknown: the registry does not have it");
    this.add(reference);
  }

  /** Takes a `docker save` archive; answers its references. */
  async load(archive: Uint8Array): Promise<readonly string[]> {
    const content = await readTar(archive);
    const manifest = content.entries.find((entry) => entry.header.name === "manifest.json");
    if (manifest === undefined || !content.complete)
      throw engineRefused("loadImage", { status: 500, reason: "the archive is no image" });
    const references = tagsOf(JSON.parse(Buffer.from(manifest.content).toString("utf8")));
    references.forEach((reference) => this.add(reference));
    return references;
  }
}

function tagsOf(manifest: unknown): readonly string[] {
  if (!Array.isArray(manifest)) return [];
  return manifest.flatMap((image: unknown) => {
    if (typeof image !== "object" || image === null || !("RepoTags" in image)) return [];
    return Array.isArray(image.RepoTags) ? image.RepoTags.map(String) : [];
  });
}

/** `docker.io/library/x` and `x:latest` are `x`; a digest is part of the name. */
function normal(reference: string): string {
  const short = reference.replace(/^docker\.io\//, "").replace(/^library\//, "");
  return short.includes("@") ? short : short.replace(/:latest$/, "");
}
