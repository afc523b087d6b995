// Finds an image under one of the names that it may have on a host. It must not import dockerode.
import { jsonOf, unlessMissing, type Send } from "./docker-request.ts";
import { InspectedImage, understood } from "./inspect.ts";

/** The first of the names under which there is an image, and that; undefined when there is none. */
export async function findImage(
  send: Send,
  names: readonly string[],
): Promise<{ readonly name: string; readonly image: InspectedImage } | undefined> {
  for (const name of names) {
    const answer = await unlessMissing(send({ method: "GET", path: `/images/${encodeURI(name)}/json` }));
    if (answer !== undefined) return { name, image: understood(InspectedImage, await jsonOf(answer), "inspectImage") };
  }
  return undefined;
}
