// flexkube-agent.service: the one unit that all formats deliver.
import type { AgentStart } from "./docker-run.ts";
import { startSteps } from "./start-steps.ts";

/** Seconds until a start that failed is tried again, without end: Docker or a registry may come late. */
const retrySeconds = 10;

/**
 * Docker itself keeps the container, so the unit is done once that is started. `Wants`, not `Requires`: a Docker that fails at first is
 * tried again with the unit, and one that is restarted takes no agent down.
 */
export function agentUnit(agent: AgentStart): string {
  const { directories, images, needs, start } = startSteps(agent);
  const before = [directories, images, ...needs].map((text) => `ExecStartPre=${shellCommand(text)}\n`);
  // where a machine is not entered yet, its console tells to what its configs are to be sealed
  const output = agent.makesKey === true ? "StandardOutput=journal+console\n" : "";
  return `[Unit]
Description=flexkube agent of host ${agent.host}
Wants=docker.service network-online.target
After=docker.service network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
${output}${before.join("")}ExecStart=${shellCommand(start)}
Restart=on-failure
RestartSec=${retrySeconds}

[Install]
WantedBy=multi-user.target
`;
}

function shellCommand(text: string): string {
  return `/bin/sh -c ${unitWord(text)}`;
}

/** One word of a command in a unit: quoted, without specifiers (%) and variables ($) of systemd's. */
export function unitWord(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}
