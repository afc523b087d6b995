// Which container and image this agent runs in. Its own image is what config containers are made of.
import { FlexkubeError } from "#shared/errors.ts";
import { keptAnswer } from "#agent/engine/kept-answer.ts";
import type { CallOptions, Engine } from "#agent/engine/engine.ts";
import { isEngineNotFound } from "#agent/engine/errors.ts";

const engineFiles: ReadonlySet<string | undefined> = new Set(["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"]);

export type Self = {
  /** 64 hex digits; undefined outside a container. */
  readonly containerId?: string | undefined;
  /** Image id of the agent, or of the image given instead. */
  readonly image: string;
};

/**
 * The id of the container whose mount table this is, or undefined outside a container. Only the files that the engine
 * itself mounts count: a bind of the engine's directory would show other containers' ids. With `--network
 * container:X` these files, and so the id, are X's.
 */
export function containerIdOf(mountinfo: string): string | undefined {
  for (const line of mountinfo.split("\n")) {
    // fields 4 and 5: the mount's root on its device, and where it is mounted; Docker has …/containers/<id>/hostname there, Podman
    // …/overlay-containers/<id>/userdata/hostname, by the name of its storage driver
    const [, , , root = "", target] = line.split(" ");
    const id = engineFiles.has(target) ? /\/(?:[a-z0-9]+-)?containers\/([0-9a-f]{64})\//.exec(root)?.[1] : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * Finds the agent's own container and image; `imageOverride` is a reference to use instead of what is found.
 * Throws ENGINE_SELF_UNKNOWN when there is neither, or when the image given is not there.
 */
export async function findSelf(
  engine: Pick<Engine, "inspect" | "inspectImage">,
  about: { readonly mountinfo: string; readonly imageOverride?: string | undefined },
  options?: CallOptions,
): Promise<Self> {
  const containerId = containerIdOf(about.mountinfo);
  if (about.imageOverride !== undefined) {
    const image = await engine.inspectImage(about.imageOverride, options);
    if (image === undefined) throw unknown("the image given with --image is not there");
    return { containerId, image };
  }
  if (containerId === undefined) throw unknown("the agent does not run in a container; give its image with --image");
  return { containerId, image: await imageOf(engine, containerId, options) };
}

/** The image of `findSelf`, remembered once it is found: under one id a container keeps its image for life. */
export function createSelfImage(...[engine, about]: Parameters<typeof findSelf>): () => Promise<string> {
  return keptAnswer(async () => (await findSelf(engine, about)).image).get;
}

async function imageOf(engine: Pick<Engine, "inspect">, id: string, options?: CallOptions): Promise<string> {
  try {
    return (await engine.inspect(id, options)).imageId;
  } catch (error) {
    if (!isEngineNotFound(error)) throw error;
    throw unknown("the engine does not know the agent's own container; give its image with --image", error);
  }
}

function unknown(reason: string, cause?: unknown): FlexkubeError<"ENGINE_SELF_UNKNOWN"> {
  return new FlexkubeError("ENGINE_SELF_UNKNOWN", "The agent cannot find its own image.", { reason }, { cause });
}
