// The documents that bring one host up, by format. Pure; its files are any bytes, so that a sealed host config is as good as a plain one.
import { agentQuadlet } from "./agent-quadlet.ts";
import { agentUnit } from "./agent-unit.ts";
import { bootScript } from "./boot-script.ts";
import { cloudConfig, metaData } from "./cloud-config.ts";
import type { AgentStart } from "./docker-run.ts";
import { gzipped } from "./gzipped.ts";
import type { HostFile } from "./host-file.ts";
import { hostConfigPath, quadletName, unitName } from "./host-paths.ts";
import { ignitionConfig, ignitionPointer } from "./ignition-config.ts";
import { base64Of } from "./payload.ts";
import type { WebPlaces } from "./web-places.ts";
import { webOptions } from "./web-places.ts";

export const bootFormats = ["cloud-init", "ignition", "systemd", "quadlet", "script", "nocloud"] as const;
export type BootFormat = (typeof bootFormats)[number];

/** How the document itself is packed: `gzip` is what cloud-init unpacks by itself, `gzip-base64` the same for those who take text only. */
export type Packing = "none" | "gzip" | "gzip-base64";

/** A host, and what its documents write there, in this order, unless they are a unit alone: its host config, its key. */
export type BootHost = { readonly name: string; readonly files: readonly HostFile[] };

export type BootWish = {
  readonly format: BootFormat;
  readonly agent: Pick<AgentStart, "image" | "options">;
  /** Where the agent asks for its host config; beside its file where the host has one. */
  readonly web?: WebPlaces | undefined;
  readonly packing: Packing;
  /** Of Ignition: where the directory that holds a directory for each host will be fetched from, without a slash at its end. */
  readonly url?: string | undefined;
};

export type BootFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the machine is given by its provider, and where a provider's limit holds. */
  readonly isGiven: boolean;
};

/** The same input gives the same bytes. Which wishes go together is the caller's to see. */
export function bootFiles(host: BootHost, wish: BootWish): readonly BootFile[] {
  const agent = startOf(host, wish);
  const unit = agentUnit(agent);
  const about = { agent, files: host.files, unit };
  switch (wish.format) {
    case "cloud-init":
      return [packed("user-data", cloudConfig(about), wish.packing)];
    case "nocloud":
      return [seed(cloudConfig(about), wish.packing), given("meta-data", metaData(host.name))];
    case "script":
      return [packed("boot.sh", bootScript(about), wish.packing)];
    case "systemd":
      return [given(unitName, unit)];
    case "quadlet":
      return [given(quadletName, agentQuadlet(agent))];
    case "ignition":
      return ignitionFiles(host.name, given("config.ign", ignitionConfig(about)), wish.url);
  }
}

function startOf({ name, files }: BootHost, { agent, web }: BootWish): AgentStart {
  if (web === undefined) return { ...agent, host: name };
  const hasFile = files.some(({ path }) => path === hostConfigPath);
  const options = [...webOptions(name, web, { hasFile }), ...agent.options];
  return { ...agent, host: name, options, authorities: web.authorities, makesKey: true };
}

function ignitionFiles(host: string, whole: BootFile, url: string | undefined): readonly BootFile[] {
  if (url === undefined) return [whole];
  const pointer = ignitionPointer(`${url}/${host}/${whole.name}`, whole.bytes);
  return [given("pointer.ign", pointer), { ...whole, isGiven: false }];
}

function given(name: string, text: string): BootFile {
  return { name, bytes: Buffer.from(text), isGiven: true };
}

function packed(name: string, text: string, packing: Packing): BootFile {
  const document = given(name, text);
  if (packing === "none") return document;
  const bytes = gzipped(document.bytes);
  return packing === "gzip" ? { ...document, name: `${name}.gz`, bytes } : given(`${name}.gz.b64`, base64Of(bytes));
}

/** cloud-init looks for this very name in a seed, packed or not. */
function seed(text: string, packing: Packing): BootFile {
  return { ...packed("user-data", text, packing), name: "user-data" };
}
