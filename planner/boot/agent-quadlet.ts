// flexkube-agent.container: the agent on a host with Podman, of which systemd makes a service. Podman has no daemon that would start it.
import { unitWord } from "./agent-unit.ts";
import type { AgentStart } from "./docker-run.ts";
import { agentContainer, agentRights } from "./docker-run.ts";
import { imageDirectory, podmanSocket } from "./host-paths.ts";
import { shellWord } from "./shell-word.ts";
import { authoritiesWritten, directoriesText, keyMade } from "./start-steps.ts";

/** Seconds until an agent that ended, or could not be started, is started again. */
const retrySeconds = 10;
/** A pull of the agent's image from a slow registry. */
const startSeconds = 900;

/** An image without a registry is one that was loaded: Podman would ask all its registries for it. */
export function podmanImage(image: string): string {
  const first = image.split("/")[0] ?? "";
  const hasRegistry = image.includes("/") && /[.:]|^localhost$/.test(first);
  return hasRegistry ? image : `localhost/${image}`;
}

/**
 * Has a new container at each start, as Podman's generator makes it; the agent's state is on the host. What is typed in the container, such
 * as `status`, finds the engine as the loop does, by its environment. The agent starts what the host shall run
 * at its first tick, also after a power cut.
 */
export function agentQuadlet(agent: AgentStart): string {
  const { host, options } = agent;
  const image = podmanImage(agent.image);
  const isThere = `podman image exists ${shellWord(image)}`;
  const images = `for archive in ${imageDirectory}/*.tar; do ${isThere} && break; [ -e "$archive" ] || continue; podman load --input "$archive" || continue; done`;
  const command = ["run", "--host", host, ...options];
  const before = [directoriesText, images, ...authoritiesWritten(agent), ...keyMade({ ...agent, image }, "podman")];
  return `[Unit]
Description=flexkube agent of host ${host}
Wants=podman.socket network-online.target
After=podman.socket network-online.target
StartLimitIntervalSec=0

[Container]
ContainerName=${agentContainer}
Image=${image}
Exec=${command.map(execWord).join(" ")}
Environment=DOCKER_HOST=unix://${podmanSocket}
${rightsLines().join("\n")}

[Service]
${before.map((text) => `ExecStartPre=/bin/sh -c ${unitWord(text)}`).join("\n")}
Restart=always
RestartSec=${retrySeconds}
TimeoutStartSec=${startSeconds}

[Install]
WantedBy=multi-user.target
`;
}

/** systemd splits it as it does a command of a unit. */
function execWord(word: string): string {
  return /^[A-Za-z0-9_@+=:,./-]+$/.test(word) ? word : unitWord(word);
}

/** Options of `docker run` that have a key of their own; of the others Podman's are the same, but for those of Docker's log files. */
const keys: Readonly<Partial<Record<string, (value: string) => string>>> = {
  "--network": (value) => `Network=${value}`,
  "--user": (value) => `User=${value}`,
  "--cap-drop": (value) => `DropCapability=${value.toLowerCase()}`,
  "--cap-add": (value) => `AddCapability=CAP_${value}`,
  "--read-only": () => "ReadOnly=true",
  "--mount": (value) => `Mount=${value}`,
  "--security-opt": securityLine,
  "--stop-timeout": (value) => `PodmanArgs=--stop-timeout=${value}`,
  // the journal has the agent's output, and limits of its own
  "--log-opt": () => "",
};

const securityLines: Readonly<Partial<Record<string, string>>> = {
  "no-new-privileges": "NoNewPrivileges=true",
  "label=disable": "SecurityLabelDisable=true",
};

function securityLine(value: string): string {
  const line = securityLines[value];
  if (line === undefined) throw new Error(`a quadlet has no word for --security-opt ${value}`);
  return line;
}

function rightsLines(): readonly string[] {
  const lines: string[] = [];
  for (const [at, word] of agentRights.entries()) {
    if (!word.startsWith("--")) continue;
    const line = keys[word]?.(agentRights[at + 1] ?? "");
    if (line === undefined) throw new Error(`a quadlet has no word for ${word}`);
    if (line !== "") lines.push(line);
  }
  return lines;
}
