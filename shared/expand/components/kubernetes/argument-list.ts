// Flags of a Kubernetes program as arguments.
import type { Arguments } from "#shared/schema/kubernetes/kubernetes-words.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";

/** `--name=value`, sorted by name; of equal names what the host config chose wins over what follows from it. */
export function argumentList(mechanism: Readonly<Record<string, string>>, chosen: Arguments): readonly string[] {
  return sortedEntries({ ...mechanism, ...chosen }).flatMap(([name, value]) =>
    [value].flat().map((one) => `--${name}=${one}`),
  );
}
