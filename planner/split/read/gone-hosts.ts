// Hosts that have a file of this cluster and are no longer in its config.
import { join } from "node:path";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { headOf } from "#planner/life/host-file.ts";
import { sealedFileName } from "#shared/sealed/sealed-index.ts";
import type { Effects } from "#planner/effects.ts";

export type GoneHost = {
  readonly host: string;
  readonly config: HostConfig | undefined;
  /** Its sealed file, which is there too. */
  readonly sealedFile?: string | undefined;
};

export async function goneHosts(
  { config }: Cluster,
  { out, sealed }: { readonly out: string; readonly sealed: string },
  { files }: Effects,
): Promise<readonly GoneHost[]> {
  const gone: GoneHost[] = [];
  for (const name of await files.list(out)) {
    const host = name.endsWith(".yaml") && !name.startsWith(".") ? name.slice(0, -".yaml".length) : "";
    if (host === "" || Object.hasOwn(config.hosts, host)) continue;
    const found = await files.readFile(join(out, name));
    const text = found === undefined ? "" : Buffer.from(found.bytes).toString("utf8");
    if (headOf(text)?.cluster !== config.name) continue;
    const parsed = parseHostConfig(text, host);
    const sealedFile = join(sealed, sealedFileName(host));
    const isSealed = (await files.readFile(sealedFile)) !== undefined;
    gone.push({ host, config: parsed.ok ? parsed.value : undefined, ...(isSealed ? { sealedFile } : {}) });
  }
  return gone;
}
