// Whether a directory that the agent's container mounts, and a file in it, are still those at their path on the host. A container keeps the directory
// that it was started with, whatever is moved, made or mounted there since.
import { lstat, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Why what is put at the path on the host is not seen here; undefined while it is, or while that cannot be told. */
export type HostTwin = () => Promise<string | undefined>;

const restart = "what is put there now is not seen here: restart the agent's container";

/** Of a file and its directory. `hostRoot` is where the host's `/` is mounted. Only what was once the same can be told to be another. */
export function createHostTwin(file: string, hostRoot: string): HostTwin {
  const directory = dirname(file);
  let wasSame = false;
  let wasSameFile = false;
  return async () => {
    const own = await identityAt(directory);
    if (own === undefined) return undefined;
    if (own.removed) return removed(directory);
    const twin = await identityAt(join(hostRoot, directory));
    if (twin?.identity !== own.identity)
      return wasSame ? `${directory} of the host is another directory than before, and ${restart}` : undefined;
    wasSame = true;
    const isSame = await isOneFile(file, join(hostRoot, file));
    if (isSame === false)
      return wasSameFile ? `another file is mounted over ${file} on the host, and ${restart}` : undefined;
    wasSameFile ||= isSame ?? false;
    return undefined;
  };
}

/** At one name of one directory, where a mount alone makes two of it. Undefined while it is not there, comes, goes or is replaced. */
async function isOneFile(path: string, twin: string): Promise<boolean | undefined> {
  const look = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all([path, twin].map(async (each) => (await identityAt(each, lstat))?.identity));
  const [own, other] = await look();
  if (own === undefined || other === undefined) return undefined;
  if (own === other) return true;
  const [ownAgain, otherAgain] = await look();
  return own === ownAgain && other === otherAgain ? false : undefined;
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
async function identityAt(path: string, look: typeof stat | typeof lstat = stat): Promise<Identity | undefined> {
  return look(path, { bigint: true }).then(
    ({ dev, ino, nlink }) => ({ identity: `${dev} ${ino}`, removed: nlink === 0n }),
    () => undefined,
  );
}
