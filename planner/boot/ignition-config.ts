// Ignition's configs (Fedora CoreOS, Flatcar): the whole one, and a small one that names it. JSON, since Ignition knows no other.
import { privateDirectory, privateFile } from "#planner/io/modes.ts";
import { createHash } from "node:crypto";
import { gzipped } from "./gzipped.ts";
import type { HostFile } from "./host-file.ts";
import { privateDirectories, unitName } from "./host-paths.ts";
import { base64Of } from "./payload.ts";

/** The oldest specification that has all that is used here, so that the most machines take it. */
const version = "3.1.0";

/** Ignition unpacks no user-data, only what a file's source says is packed. */
export function ignitionConfig({
  files,
  unit,
}: {
  readonly files: readonly HostFile[];
  readonly unit: string;
}): string {
  return json({
    ignition: { version },
    storage: {
      directories: privateDirectories.map((path) => ({ path, mode: privateDirectory })),
      files: files.map(({ path, bytes }) => ({
        path,
        mode: privateFile,
        overwrite: true,
        contents: { compression: "gzip", source: `data:;base64,${base64Of(gzipped(bytes))}` },
      })),
    },
    systemd: { units: [{ name: unitName, enabled: true, contents: unit }] },
  });
}

/** A config in whose place Ignition takes the one at the URL, and only that very one. */
export function ignitionPointer(url: string, whole: Uint8Array): string {
  const hash = `sha512-${createHash("sha512").update(whole).digest("hex")}`;
  return json({ ignition: { version, config: { replace: { source: url, verification: { hash } } } } });
}

function json(config: object): string {
  return `${JSON.stringify(config)}\n`;
}
