// The one `docker run` line of an agent: README.md shows it, boot documents have it, the lab starts agents by it.

export type AgentStart = {
  /** The host's name in the cluster config; the agent takes no other host's config. */
  readonly host: string;
  /** Reference of the agent's image. */
  readonly image: string;
  /** Further options of `flexkube-agent run`, such as `--log-level=debug`. */
  readonly options: readonly string[];
  /** Certificates (PEM) that are to lie at `authoritiesPath` before the agent is started. */
  readonly authorities?: string | undefined;
  /** The host makes its own key before its first agent, unless it has one, and prints to what its configs are to be sealed. */
  readonly makesKey?: boolean | undefined;
};

export const agentContainer = "flexkube-agent";

/**
 * What the agent is allowed and what it sees. The directory of the socket and not the socket, because a bind of that goes stale when
 * dockerd makes a new one while the agent lives on (`live-restore`).
 */
export const agentRights: readonly string[] = `
  --network host --user 0 --cap-drop ALL --cap-add DAC_READ_SEARCH --read-only
  --security-opt no-new-privileges --security-opt label=disable
  --stop-timeout 30 --log-opt max-size=10m --log-opt max-file=3
  --mount type=bind,source=/run,target=/var/run,readonly
  --mount type=bind,source=/etc/flexkube,target=/etc/flexkube,readonly
  --mount type=bind,source=/var/lib/flexkube,target=/var/lib/flexkube
  --mount type=bind,source=/,target=/host,readonly,bind-propagation=rslave`
  .trim()
  .split(/\s+/);

/** Words that start a container of that name which Docker keeps; the image and its command line follow. */
export function keptContainer(name: string): readonly string[] {
  return ["run", "-d", "--name", name, "--restart", "always"];
}

/** `flexkube-agent identity` by a container that sees the agent's state and nothing else; `client` is the engine's command, docker or podman. */
export function identityRun(client: string, image: string): readonly string[] {
  const rights = `--network none --user 0 --cap-drop ALL --read-only --security-opt no-new-privileges --security-opt label=disable`;
  const state = ["--mount", "type=bind,source=/var/lib/flexkube,target=/var/lib/flexkube"];
  return [client, "run", "--rm", ...rights.split(" "), ...state, image, "identity"];
}

/** The whole line in words. */
export function dockerRun({ host, image, options }: AgentStart): readonly string[] {
  const command = ["run", "--host", host, ...options];
  return ["docker", ...keptContainer(agentContainer), ...agentRights, image, ...command];
}
