// Whether a directory that the agent's container mounts is still the one at its path on the host. A container keeps the directory
// that it was started with, whatever is moved, made or mounted there since.
import { stat } from "node:fs/promises";
import { join } from "node:path";

/** Why what is put at the path on the host is not seen here; undefined while it is, or while that cannot be told. */
export type HostTwin = () => Promise<string | undefined>;

const restart = "what is put there now is not seen here: restart the agent's container";

/** `hostRoot` is where the host's `/` is mounted. Only what was once the same can be told to be another. */
export function createHostTwin(directory: string, hostRoot: string): HostTwin {
  let wasSame = false;
  return async () => {
    const own = await identityAt(directory);
    if (own === undefined) return undefined;
    if (own.removed) return removed(directory);
    const twin = await identityAt(join(hostRoot, directory));
    if (twin?.identity === own.identity) {
      wasSame = true;
      return undefined;
    }
    return wasSame ? `${directory} of the host is another directory than before, and ${restart}` : undefined;
  };
}

/** The same for who has not looked before, and can tell only of one that is in no directory any more. */
export async function notSeenAt(directory: string): Promise<string | undefined> {
  return (await identityAt(directory))?.removed === true ? removed(directory) : undefined;
}

function removed(directory: string): string {
  return `${directory} was removed on the host, and ${restart}`;
}

type Identity = { readonly identity: string; readonly removed: boolean };

/** Undefined for what is not there or cannot be looked at. */
async function identityAt(path: string): Promise<Identity | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino, nlink }) => ({ identity: `${dev} ${ino}`, removed: nlink === 0n }),
    () => undefined,
  );
}
