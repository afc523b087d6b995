// What the host's containers tell of the configs that made them: the guard's memory when all state is lost.
import type { Engine } from "#agent/engine/engine.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { agentsContainers } from "#agent/self/whose-container.ts";
import type { ImageSources } from "#agent/self/whose-container.ts";
import { origins } from "#shared/delivery/delivery-record.ts";
import type { DeliveryRecord } from "#shared/delivery/delivery-record.ts";

/**
 * The highest generation that a container of this host was made under, and which content that was, unless there are two. Undefined
 * when none tells. Throws ENGINE_*: an engine that does not answer has not said that there is none.
 */
export async function deliveryTrace(
  { cluster, host }: Pick<DeliveryRecord, "cluster" | "host">,
  { engine, ...sources }: ImageSources & { readonly engine: Pick<Engine, "list"> },
): Promise<DeliveryRecord | undefined> {
  const found = await engine.list({ label: labelKeys.delivered, signal: sources.signal });
  const told = (await agentsContainers(found, sources)).flatMap(({ ownership }) =>
    ownership.cluster === cluster && ownership.host === host && ownership.delivered !== undefined
      ? [ownership.delivered]
      : [],
  );
  const origin = origins.findLast((each) => told.some((one) => one.origin === each));
  if (origin === undefined) return undefined;
  const numbered = told.flatMap(({ generation }) => (generation === undefined ? [] : [generation]));
  if (numbered.length === 0) return { version: 1, cluster, host, origin };
  const generation = Math.max(...numbered);
  const digests = new Set(told.filter((one) => one.generation === generation).map(({ digest }) => digest));
  const [digest] = digests.size === 1 ? digests : [];
  return { version: 1, cluster, host, generation, ...(digest === undefined ? {} : { digest }), origin };
}
