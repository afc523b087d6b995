// The name of a claim: who holds it, since when. It is made with the file, so there is no claim that does not say whose.
import type { ProcessIdentity } from "./process-identity.ts";

export type Claim = ProcessIdentity & {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Tells the claims of one process apart. */
  readonly nonce: string;
};

const prefix = ".lock";

/** A file's name, at most 200 characters long. */
export function claimName({ since, nonce, boot, space, pid, startTime, host }: Claim): string {
  const safeHost = host.replaceAll(/[^A-Za-z0-9.-]/g, "-").slice(0, 64);
  return [prefix, since, nonce, boot, space, pid, startTime, safeHost].join("_");
}

/** Undefined for a file that is no claim. */
export function parseClaim(name: string): Claim | undefined {
  const [first, since, nonce, boot, space, pid, startTime, host, ...more] = name.split("_");
  if (first !== prefix || nonce === undefined || boot === undefined || space === undefined) return undefined;
  if (startTime === undefined || host === undefined || more.length > 0) return undefined;
  return { since: Number(since), nonce, boot, space, pid: Number(pid), startTime, host };
}
