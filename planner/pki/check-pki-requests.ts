// Guards the PKI against requests that would share or leave their files.
import { FlexkubeError } from "#shared/errors.ts";
import type { PkiOptions } from "./types.ts";

const idPattern = /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/;

/** Throws INTERNAL_BUG: ids and CAs are the planner's own choice, names in them have passed the schema. */
export function checkPkiRequests({ cas, certificates }: Pick<PkiOptions, "cas" | "certificates">): void {
  const known = new Set(cas.map(({ id }) => id));
  const files = new Set<string>();
  for (const id of [...cas.map((ca) => `${ca.id}/ca`), ...certificates.map((certificate) => certificate.id)]) {
    if (!idPattern.test(id)) throw bug("a PKI id is no relative path of names", id);
    if (files.has(id)) throw bug("two PKI requests share their files", id);
    files.add(id);
  }
  const orphan = certificates.find(({ ca }) => !known.has(ca));
  if (orphan !== undefined) throw bug("a certificate is wanted from an unknown CA", orphan.id);
}

/** Throws INTERNAL_BUG, as above. */
export function checkKeyIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => !idPattern.test(id));
  if (wrong !== undefined) throw bug("a PKI id is no relative path of names", wrong);
}

function bug(message: string, id: string): FlexkubeError {
  return new FlexkubeError("INTERNAL_BUG", message, { reason: id });
}
