// A cloud-config: what cloud-init does at a machine's first boot.
import { yamlText } from "#planner/yaml/yaml-text.ts";
import type { HostFile } from "./host-file.ts";
import { unitName, unitPath } from "./host-paths.ts";
import { base64Of, linesOf } from "./payload.ts";
import { directoryCommands } from "./start-steps.ts";

/**
 * write_files makes missing directories with 0755, so bootcmd, which comes before, makes them. Modes are quoted: YAML 1.1 reads 0600 as
 * the number 384, which cloud-init refuses.
 */
export function cloudConfig({ files, unit }: { readonly files: readonly HostFile[]; readonly unit: string }): string {
  const document = yamlText({
    bootcmd: directoryCommands,
    write_files: [
      ...files.map(({ path, bytes }) => ({ path, owner: "root:root", permissions: "0600", ...contentOf(bytes) })),
      { path: unitPath, owner: "root:root", permissions: "0644", content: unit },
    ],
    runcmd: [
      ["systemctl", "daemon-reload"],
      // cloud-init itself is a part of the boot that the unit waits for
      ["systemctl", "enable", "--now", "--no-block", unitName],
    ],
  });
  return `#cloud-config\n${document}`;
}

function contentOf(bytes: Uint8Array): object {
  const text = linesOf(bytes);
  return text === undefined ? { encoding: "b64", content: base64Of(bytes) } : { content: text };
}

/**
 * NoCloud's meta-data. The instance stays the same whatever is delivered later: with another id cloud-init would take the machine for a
 * new one and write its first host config over the newer one.
 */
export function metaData(host: string): string {
  return yamlText({ "instance-id": `flexkube-${host}`, "local-hostname": host });
}
