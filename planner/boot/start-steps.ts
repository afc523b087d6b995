// What a host runs, in turn, to have its agent: the same commands in the unit and in the script.
import type { AgentStart } from "./docker-run.ts";
import { agentContainer, dockerRun, identityRun } from "./docker-run.ts";
import { authoritiesPath, imageDirectory, privateDirectories } from "./host-paths.ts";
import { shellLine, shellWord } from "./shell-word.ts";

/** Text for `sh -c`, each one command line. What comes before `start` may be run again at any time. */
export type StartSteps = {
  readonly directories: string;
  readonly images: string;
  /** What the agent needs besides, in turn. */
  readonly needs: readonly string[];
  readonly start: string;
};

export function startSteps(agent: AgentStart): StartSteps {
  return {
    directories: directoriesText,
    images: loadImages(agent.image),
    needs: [
      ...authoritiesWritten(agent),
      // with an agent there is a key already, or somebody's wish that there be none
      ...keyMade(agent, "docker").map((made) => `${quiet(`docker container inspect ${agentContainer}`)} || ${made}`),
    ],
    start: `${quiet(`docker container inspect ${agentContainer}`)} && exec docker start ${agentContainer}; exec ${shellLine(dockerRun(agent))}`,
  };
}

/** Before anything lies there; a directory that is there gets its mode too. Not by install(1), which busybox may lack. */
export const directoryCommands: readonly (readonly string[])[] = [
  ["mkdir", "-p", ...privateDirectories],
  ["chmod", "0700", ...privateDirectories],
];
export const directoriesText = directoryCommands.map(shellLine).join(" && ");

/** A file that is there stays: a CA that was renewed is put in its place. */
export function authoritiesWritten({ authorities }: AgentStart): readonly string[] {
  if (authorities === undefined) return [];
  const written = `printf %s ${shellWord(authorities)} >${authoritiesPath}.new && mv ${authoritiesPath}.new ${authoritiesPath}`;
  return [`[ -s ${authoritiesPath} ] || { ${written}; }`];
}

/** One that is there is kept, and told again. */
export function keyMade({ makesKey = false, image }: AgentStart, client: "docker" | "podman"): readonly string[] {
  return makesKey ? [shellLine(identityRun(client, image))] : [];
}

/** Until one archive brought the image. One that cannot be loaded is told by docker, and the image may still be in the next, or in a registry. */
function loadImages(image: string): string {
  const isThere = quiet(`docker image inspect ${shellWord(image)}`);
  return `for archive in ${imageDirectory}/*.tar; do ${isThere} && break; [ -e "$archive" ] || continue; docker load --input "$archive" || continue; done`;
}

function quiet(command: string): string {
  return `${command} >/dev/null 2>&1`;
}
