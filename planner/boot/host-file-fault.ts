// What a host config's own first line tells against bringing it to a machine: it would be refused there, where nobody looks.
import { deliveryOf } from "#shared/delivery/delivery-mark.ts";
import { textOfBytes } from "#shared/delivery/text-of-bytes.ts";

/** Undefined for all that says nothing of itself, such as a sealed one. */
export function hostFileFault(host: string, bytes: Uint8Array): string | undefined {
  const text = textOfBytes(bytes);
  if (text === undefined) return undefined;
  const delivery = deliveryOf(text);
  if (delivery.by === "broken") return `${delivery.problem}: ${delivery.hint}`;
  const whose = delivery.by === "hand" ? undefined : /^# Host ([a-z0-9-]+) of /.exec(text)?.[1];
  return whose === undefined || whose === host ? undefined : `it is the host config of ${whose}, and not of ${host}`;
}
