// Pulling and loading images: long answers of progress lines, with failures inside an answer of status 200.
import type { PullProgress } from "./engine.ts";
import type { DockerAnswer, DockerRequest, Send } from "./docker-request.ts";
import { archiveUnreadable, engineRefused } from "./errors.ts";
import { ProgressLine, understood } from "./inspect.ts";
import { jsonLines } from "./json-lines.ts";
import { pullProgressOf, pullStateAfter, type PullState } from "./pull-progress.ts";

export type PullRequest = {
  readonly reference: string;
  readonly registry: DockerRequest["registry"];
  /** Called for each sign of life. */
  readonly alive: () => void;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
};

export async function pull(send: Send, request: PullRequest): Promise<void> {
  const { reference, registry, alive, onProgress } = request;
  const answer = await send({ method: "POST", path: "/images/create", query: imageQuery(reference), registry });
  let state: PullState = new Map();
  for await (const line of progressLines(answer, "pullImage", alive)) {
    state = pullStateAfter(state, line);
    onProgress?.(pullProgressOf(state));
  }
}

/** Resolves to the references that the archive held; throws FILES_UNREADABLE when the archive itself breaks. */
export async function load(send: Send, archive: NodeJS.ReadableStream, alive: () => void): Promise<readonly string[]> {
  archive.on("data", alive);
  const broken = new Promise<never>((_, reject) => {
    archive.once("error", (error: Error) => reject(archiveUnreadable(archive, error)));
  });
  return Promise.race([loaded(send, archive, alive), broken]);
}

async function loaded(send: Send, archive: NodeJS.ReadableStream, alive: () => void): Promise<readonly string[]> {
  const references: string[] = [];
  const answer = await send({ method: "POST", path: "/images/load", upload: archive });
  for await (const line of progressLines(answer, "loadImage", alive)) {
    const reference = /^Loaded image: (\S+)/.exec(line.stream ?? "")?.[1];
    if (reference !== undefined) references.push(reference);
  }
  return references;
}

async function* progressLines(answer: DockerAnswer, call: string, alive: () => void): AsyncGenerator<ProgressLine> {
  for await (const document of jsonLines(answer, alive)) {
    const line = understood(ProgressLine, document, call);
    const reason = line.errorDetail?.message ?? line.error;
    if (reason !== undefined) throw engineRefused(call, { status: 200, reason });
    yield line;
  }
}

/** Docker wants the tag or digest apart; a colon before a slash belongs to the registry's port. */
function imageQuery(reference: string): { readonly fromImage: string; readonly tag: string } {
  const digest = reference.indexOf("@");
  if (digest >= 0) return { fromImage: reference.slice(0, digest), tag: reference.slice(digest + 1) };
  const colon = reference.lastIndexOf(":");
  if (colon < 0 || reference.includes("/", colon)) return { fromImage: reference, tag: "latest" };
  return { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
