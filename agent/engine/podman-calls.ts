// Calls by which Podman is brought to do what Docker does by itself (dialect.ts). It must not import dockerode.
import { setTimeout as sleep } from "node:timers/promises";
import type { Send } from "./docker-request.ts";
import { drain, jsonOf } from "./docker-request.ts";
import type { CreateRequest } from "./engine.ts";
import { answerStatus, engineNotFound, engineRefused, engineUnsupported } from "./errors.ts";
import { inspectedFor, type InspectedContainer } from "./inspect.ts";
import { pathStatOf } from "./path-stat.ts";

const betweenLooksMs = 50;
/** So many at a container that is neither cleaned up nor started: nobody will. */
const longestRest = 200;

/**
 * Stops until nothing starts it again: a stop of one whose program has just ended does nothing, and its policy starts it afterwards.
 * `path`: of the container.
 */
export async function stopForGood(
  send: Send,
  path: string,
  stop: Parameters<Send>[0],
  signal: AbortSignal,
): Promise<void> {
  for (let rests = 0; rests < longestRest; rests += 1) {
    const { State: state } = await inspected(send, path);
    if (state.Status === "running" || state.Status === "stopping") await drain(await send(stop));
    else if (state.Status !== "stopped") return;
    await sleep(betweenLooksMs, undefined, { signal });
  }
}

/** Its restart policy, as an update has to repeat it. */
export async function presentPolicy(send: Send, path: string): Promise<string> {
  return (await inspected(send, path)).HostConfig.RestartPolicy?.Name ?? "no";
}

async function inspected(send: Send, path: string): Promise<InspectedContainer> {
  const id = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  return inspectedFor(id, await jsonOf(await send({ method: "GET", path: `${path}/json` })));
}

/** Whether there is something at a path of the host, links followed below its own root. */
export type ExistsOnHost = (path: string, signal: AbortSignal) => Promise<boolean>;

/** Throws ENGINE_REFUSED for a mount whose source is missing, as Docker does, and ENGINE_UNSUPPORTED when nobody can look. */
export async function refuseMissingSources(
  { spec: { mounts } }: CreateRequest,
  existsOnHost: ExistsOnHost | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const { source } of mounts) {
    if (source === "/") continue;
    if (existsOnHost === undefined)
      throw engineUnsupported(
        "Podman makes a mount's source that is missing; the host's / must be mounted to look first",
      );
    if (!(await existsOnHost(source, signal)))
      throw engineRefused("create", { status: 400, reason: `the source of a mount does not exist: ${source}` });
  }
}

/** Throws ENGINE_NOT_FOUND where there is nothing at the path of an upload, and ENGINE_REFUSED where there is no directory. */
export async function refuseNoDirectory(
  send: Send,
  archive: { readonly path: string; readonly at: string },
): Promise<void> {
  try {
    const answer = await send({ method: "HEAD", path: archive.path, query: { path: archive.at } });
    await drain(answer);
    if (pathStatOf(answer.headers["x-docker-container-path-stat"]).type === "directory") return;
  } catch (error) {
    if (answerStatus(error) === 404) throw engineNotFound("putArchive", `nothing is at ${archive.at}`, error);
    throw error;
  }
  throw engineRefused("putArchive", { status: 400, reason: `not a directory: ${archive.at}` });
}
