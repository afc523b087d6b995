// What all hosts say in etcd of their host configs, as a host can ask it by the host config in force.
import { readAcknowledgements } from "#agent/sources/etcd-acknowledgements.ts";
import type { ConnectEtcd } from "#agent/sources/etcd-acknowledgements.ts";
import { acknowledgementIn } from "#shared/acknowledgement/acknowledgement.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { expand } from "#shared/expand/expand.ts";

/**
 * Host → word; undefined where the host config does not say how etcd is asked, or etcd does not answer. What no agent writes is left out.
 */
export async function toldInEtcd(
  inForce: string | undefined,
  connect: ConnectEtcd,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const parsed = inForce === undefined ? undefined : parseHostConfig(inForce, "");
  const keys = parsed?.ok === true ? expand(parsed.value).acknowledgements : undefined;
  if (keys === undefined) return undefined;
  const found = await readAcknowledgements(connect(keys), keys.prefix, signal);
  const words = [...found].filter(([, text]) => acknowledgementIn(text) !== undefined);
  return words.length === 0 ? undefined : Object.fromEntries(words);
}
