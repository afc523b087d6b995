// A script for root: by hand over SSH, as user-data of whatever runs one, or in a machine image's first boot.
import type { AgentStart } from "./docker-run.ts";
import type { HostFile } from "./host-file.ts";
import { identityPath, unitName, unitPath } from "./host-paths.ts";
import { base64Of, linesOf } from "./payload.ts";
import { startSteps } from "./start-steps.ts";

export type ScriptInput = { readonly agent: AgentStart; readonly files: readonly HostFile[]; readonly unit: string };

/**
 * Writes beside and renames, so that a script that is cut short leaves no half of a file. Where systemd is not at work, as on Alpine, it runs
 * the unit's commands itself: Docker keeps the container from then on.
 */
export function bootScript({ agent, files, unit }: ScriptInput): string {
  const steps = startSteps(agent);
  const holds = files.length === 0 ? "" : " Holds that host's keys.";
  return `#!/bin/sh
# Brings up the flexkube agent of host ${agent.host}; may be run again.${holds}
set -eu
umask 077
${[steps.directories, ...files.map(fileWritten)].join("\n")}
if [ -d /run/systemd/system ]; then
  cat >${unitPath}.new <<'${end}'
${unit}${end}
  chmod 0644 ${unitPath}.new
  mv ${unitPath}.new ${unitPath}
  systemctl daemon-reload
  systemctl enable --now ${unitName}
else
  ${[steps.images, ...steps.needs, `(${steps.start})`].join("\n  ")}
fi
`;
}

const end = "END-OF-FLEXKUBE-FILE";

function fileWritten({ path, bytes }: HostFile): string {
  const text = linesOf(bytes);
  const isSafe = text !== undefined && !text.split("\n").includes(end);
  const written = isSafe
    ? `cat >${path}.new <<'${end}'\n${text}${end}`
    : `base64 -d >${path}.new <<'${end}'\n${base64Lines(bytes)}${end}`;
  const moved = `${written}\nmv ${path}.new ${path}`;
  // a key that has taken its place since opens what comes now, and nothing brings it back
  return path === identityPath ? `[ -s ${path} ] || {\n${moved}\n}` : moved;
}

/** Of a length that every base64(1) takes. */
function base64Lines(bytes: Uint8Array): string {
  return base64Of(bytes).replaceAll(/.{1,76}/g, "$&\n");
}
