// One host config as a file.
import { canonical, contentDigest } from "#shared/canonical.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { renderDocument } from "./render-document.ts";

/** Name of a host's file below the output directory. */
export function hostFileName(host: string): string {
  return `${host}.yaml`;
}

/** Text of the file; equal configs give equal bytes. */
export function renderHost(config: HostConfig): string {
  const { apiVersion, kind, cluster, host, generation, ...rest } = config;
  const comment = `Host ${host} of cluster ${cluster}, generation ${generation ?? 0}. Made by flexkube-planner split; changes here are lost.`;
  return renderDocument(comment, { apiVersion, kind, cluster, host, generation, ...rest });
}

/** Keyed digest of all of the config but its generation. */
export function hostDigest(config: HostConfig, key: string): string {
  return contentDigest(canonical({ ...config, generation: undefined }), key);
}

/** The host config without its secrets, as text that may be shown. */
export function renderPublic(config: HostConfig): string {
  const { secrets: _secrets, generation: _generation, ...rest } = config;
  return renderDocument(`Host ${config.host}`, rest);
}

/** What the head of a host config's file says, without parsing all of it; undefined when it is none. */
export function headOf(text: string): { readonly cluster: string; readonly generation: number } | undefined {
  const head = text.slice(0, 4096);
  const cluster = /^cluster: "?([a-z0-9-]+)"?$/m.exec(head)?.[1];
  if (cluster === undefined || !/^kind: Host$/m.test(head)) return undefined;
  return { cluster, generation: Number(/^generation: ([0-9]+)$/m.exec(head)?.[1] ?? "0") };
}
