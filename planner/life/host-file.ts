// One host config as a file.
import { canonicalPieces, contentDigest } from "#shared/canonical.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { markedPieces } from "#shared/delivery/delivery-mark.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import { yamlPieces } from "#planner/yaml/yaml-text.ts";

/** Name of a host's file below the output directory. */
export function hostFileName(host: string): string {
  return `${host}.yaml`;
}

/** Text of the file in pieces; equal configs give equal bytes. */
export function renderHost(config: HostConfig): readonly string[] {
  const { apiVersion, kind, cluster, host, generation, address, ...rest } = config;
  const document = yamlPieces({ apiVersion, kind, cluster, host, generation, address, ...rest });
  return markedPieces(document, { cluster, host, generation: generation ?? 0 });
}

/** Keyed digest of all that the config asks for: without its generation, and without the address that tells its machine. */
export function hostDigest(config: HostConfig, key: string): string {
  return contentDigest(canonicalPieces({ ...config, generation: undefined, address: undefined }), key);
}

/** Whether the pieces, one after the other, are the text. */
export function isText(pieces: readonly string[], text: string): boolean {
  let end = 0;
  for (const piece of pieces) {
    if (!text.startsWith(piece, end)) return false;
    end += piece.length;
  }
  return end === text.length;
}

/** The host config without its secrets, as text that may be shown. */
export function renderPublic(config: HostConfig): string {
  const { secrets: _secrets, generation: _generation, ...rest } = config;
  return renderDocument(`Host ${config.host}`, rest);
}

/** What the head of a host config's file says, without parsing all of it, also of a torn one; undefined when it is none. */
export function headOf(text: string): { readonly cluster: string; readonly generation: number } | undefined {
  const head = text.slice(0, 4096);
  const comment = /^# Host [a-z0-9-]+ of cluster ([a-z0-9-]+), generation ([0-9]+)\. Made by/.exec(head);
  if (comment !== null) return { cluster: comment[1] ?? "", generation: Number(comment[2]) };
  const cluster = /^cluster: "?([a-z0-9-]+)"?$/m.exec(head)?.[1];
  if (cluster === undefined || !/^kind: Host$/m.test(head)) return undefined;
  return { cluster, generation: Number(/^generation: ([0-9]+)$/m.exec(head)?.[1] ?? "0") };
}

/** True for an empty file and for one that was cut within our first line. */
export function isTornHead(text: string): boolean {
  const start = "# Host ";
  return text.trim() === "" || (!text.includes("\n") && (text.startsWith(start) || start.startsWith(text)));
}
