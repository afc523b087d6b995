// The provider as Terraform's and OpenTofu's registries and mirrors want it: names, an archive for each platform, a manifest.
// Rules: "Publishing Providers" of Terraform's registry; "Provider Installation" of both programs for mirrors.
import { protocol } from "#planner/terraform/plugin/handshake.ts";
import type { ZipEntry } from "./zip.ts";

export const providerName = "terraform-provider-flexkube";

/** Of every file of a version; a registry reads type, version and platform from it. */
export function packageName(version: string, rest: string): string {
  return `${providerName}_${version}_${rest}`;
}

/** In an archive: the executable under the name by which it is found, and the licences, since the archive travels alone. */
export function packageEntries(version: string, executable: Uint8Array, licences: string): readonly ZipEntry[] {
  return [
    { name: "LICENSES.txt", content: Buffer.from(licences), isExecutable: false },
    { name: `${providerName}_v${version}`, content: executable, isExecutable: true },
  ];
}

/** `version` is the manifest's own. Without it a registry takes every provider for one of protocol 5. */
export function registryManifest(): string {
  return `${JSON.stringify({ version: 1, metadata: { protocol_versions: [`${protocol}.0`] } }, undefined, 2)}\n`;
}

/** As `sha256sum` writes and checks them; what a registry verifies downloads by. */
export function sumsText(digests: Iterable<readonly [name: string, sha256: string]>): string {
  const sums = [...digests].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return sums.map(([name, sha256]) => `${sha256}  ${name}\n`).join("");
}
