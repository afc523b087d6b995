// The etcd programs of the lab's images, for tests that start one without a container.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { labImages } from "./images.ts";

const cache = process.env["FLEXKUBE_CACHE"] ?? `${homedir()}/.cache/flexkube`;
const lab = fileURLToPath(new URL("../../images/lab/", import.meta.url));

export type EtcdMinor = "3.5" | "3.6" | "3.7";

/** Whether the image of this minor version is there, so that nothing would have to be compiled. */
export function hasEtcd(minor: EtcdMinor): boolean {
  return existsSync(`${cache}/images/${imageName(minor)}.key`);
}

/** The program's path; compiles it when that was not done before. */
export async function labEtcd(minor: EtcdMinor): Promise<string> {
  await labImages(imageName(minor));
  // as the recipes name the folder: by what pins the modules
  const folder = `${lab}etcd-${minor}`;
  const hash = createHash("sha256");
  for (const file of (await readdir(folder)).toSorted()) hash.update(await readFile(`${folder}/${file}`));
  return `${cache}/bin/etcd-${minor}-${hash.digest("hex").slice(0, 16)}/etcd`;
}

function imageName(minor: EtcdMinor): "etcd35" | "etcd36" | "etcd37" {
  return minor === "3.5" ? "etcd35" : minor === "3.6" ? "etcd36" : "etcd37";
}
