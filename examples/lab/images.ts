// The images that labs run: made by images/lab/make and images/agent/image, kept in the cache and in dist/, loaded without a registry.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { isMachine, type Lab } from "./lab.ts";
import { hostsCommand } from "./hosts-command.ts";
import { runCommand } from "./run-command.ts";

export type LabImage = { readonly reference: string; readonly tar: string };

const project = fileURLToPath(new URL("../../", import.meta.url));
const cache = process.env["FLEXKUBE_CACHE"] ?? `${homedir()}/.cache/flexkube`;

/** An architecture by Debian's name for it; undefined is this machine's. */
export type Architecture = "arm64" | undefined;

/** Of the hosts of a base, as in LabOptions. */
export function architectureOf(base: string): Architecture {
  return base === "emulated-arm64" ? "arm64" : undefined;
}

/** The agent's image of this source tree, built now when it is missing or old. */
export async function agentImage(architecture?: Architecture): Promise<LabImage> {
  const words = architecture === undefined ? [] : [architecture];
  await runCommand([`${project}images/agent/image`, ...words], { env: { FLEXKUBE_CACHE: cache } });
  const about: unknown = JSON.parse(await readFile(`${project}package.json`, "utf8"));
  // our own file
  const { version } = about as { readonly version: string };
  return {
    reference: `flexkube-agent:${version}`,
    tar: `${project}dist/images/${["flexkube-agent", ...words].join("-")}.tar`,
  };
}

/** The images of the examples without Kubernetes: the agent's, busybox, HAProxy, etcd 3.5. */
export async function exampleImages(architecture: Architecture): Promise<readonly LabImage[]> {
  const words = architecture === undefined ? [] : ["--arch", architecture];
  const images = await madeImages(words, ["busybox", "haproxy", "etcd35"]);
  return [...images.values(), await agentImage(architecture)];
}

/** Brings images such as "busybox", "haproxy", "etcd36" up to date, which takes a moment when they are, and tells where they are. */
export async function labImages<Name extends string>(
  ...names: readonly Name[]
): Promise<Readonly<Record<Name, LabImage>>> {
  // every name has been looked up; Object.fromEntries forgets the keys' type
  return Object.fromEntries(await madeImages([], names)) as Record<Name, LabImage>;
}

async function madeImages(words: readonly string[], names: readonly string[]): Promise<Map<string, LabImage>> {
  await runCommand([`${project}images/lab/make`, ...words, ...names], { env: { FLEXKUBE_CACHE: cache } });
  const index: unknown = JSON.parse(await readFile([cache, ...words.slice(1), "images/index.json"].join("/"), "utf8"));
  return new Map(names.map((name) => [name, imageOf(index, name)]));
}

/** Loads the images on every host of the lab. */
export async function loadImages(lab: Lab, images: readonly LabImage[]): Promise<void> {
  for (const image of images) await Promise.all(lab.hosts.map((host) => host.load(image.tar)));
}

/**
 * An image store for `seed` of startLab: hosts begin with these images, as hard links, instead of loading them.
 * `podImages` are in containerd's store, for hosts with CRI. Made once for the same images and base and kept in the cache.
 */
export async function imageStore(
  images: readonly LabImage[],
  base = "stable",
  podImages: readonly LabImage[] = [],
): Promise<string> {
  const key = createHash("sha256").update(base);
  const tars = images.map(({ tar }) => tar);
  const podTars = podImages.map(({ tar }) => tar);
  for (const list of [tars, podTars]) {
    key.update("\0\0");
    for (const tar of list) {
      const { size, mtimeMs } = await stat(tar);
      key.update(`\0${tar}\0${size}\0${mtimeMs}`);
    }
  }
  const store = `${cache}/lab/store-${base.replaceAll("/", "-")}-${key.digest("hex").slice(0, 16)}`;
  // `hosts seed` forgets stores that were not used for a day
  if (existsSync(store)) await utimes(store, new Date(), new Date());
  else await hostsCommand({}).run(["seed", store, base, ...tars, "--", ...podTars]);
  return store;
}

/** Such a store for each base of the hosts, for `seed` of startLab. */
export async function imageStores(
  bases: readonly string[],
  images: readonly LabImage[],
  podImages: readonly LabImage[] = [],
): Promise<Readonly<Record<string, string>>> {
  // a machine's Docker takes over the store of an older one
  const stores = [...new Set(bases)].map(
    async (base) => [base, await imageStore(images, isMachine(base) ? "stable" : base, podImages)] as const,
  );
  return Object.fromEntries(await Promise.all(stores));
}

function imageOf(index: unknown, name: string): LabImage {
  // the file is written by images/lab/make; what is used of it is checked below
  const entry = (index as Partial<Record<string, Partial<LabImage>>>)[name];
  if (entry?.reference === undefined || entry.tar === undefined)
    throw new Error(`images/lab/make made no image ${name}`);
  return { reference: entry.reference, tar: entry.tar };
}
