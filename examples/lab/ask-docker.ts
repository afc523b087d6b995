// Reads from a host's Docker without the cost of a program: for tests that look hundreds of times.
import { request, type IncomingMessage } from "node:http";
import { json, text } from "node:stream/consumers";
import type { LabHost } from "./host.ts";

/** What a GET of Docker's API answers, such as `/containers/json?all=1`; Docker's own document. Throws what is not a 200. */
export async function askDocker(host: Pick<LabHost, "socket">, path: string): Promise<unknown> {
  return json(await openDocker(host, path));
}

/** The answer as a stream that the caller destroys, such as that of `/events`. Resolves when Docker has begun to answer. */
export async function openDocker(host: Pick<LabHost, "socket">, path: string): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ socketPath: host.socket, path, agent: false }).once("response", resolve).once("error", reject).end(),
  );
  if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${await text(answer)}`);
  return answer;
}

/** What Docker says of every container of the host, of whomever: documents of `inspect`. */
export async function inspectAll<Inspected>(host: LabHost): Promise<readonly Inspected[]> {
  // Docker's own documents
  const list = (await askDocker(host, "/containers/json?all=1")) as readonly { readonly Id: string }[];
  return Promise.all(list.map(async ({ Id }) => (await askDocker(host, `/containers/${Id}/json`)) as Inspected));
}
