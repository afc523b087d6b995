// This host's own keys of age, as a file of its state has them, and why they are not used. Pure.

export type OwnKeys = {
  /** `AGE-SECRET-KEY-1…`, the newest first. */
  readonly keys: readonly string[];
  /** Set where they are not to be used. */
  readonly fault?: KeyFault | undefined;
};

export type KeyFault = { readonly reason: string; readonly hint: string };

/** What was looked at: the file's text and permissions, or why it could not be. */
export type KeyFile = { readonly path: string } & (
  | { readonly text: string; readonly mode: number }
  | { readonly unreadable: string }
);

export const noOwnKeys: OwnKeys = { keys: [] };

const anew = "flexkube-agent identity --new makes another key; its recipient goes into the cluster config, then split";

export function ownKeysOf(file: KeyFile): OwnKeys {
  const { path } = file;
  if ("unreadable" in file)
    return { keys: [], fault: { reason: `its key ${path} cannot be read: ${file.unreadable}`, hint: restored(path) } };
  const keys = keysIn(file.text);
  if (keys.length === 0) return { keys, fault: { reason: `${path} holds no key of age`, hint: restored(path) } };
  if ((file.mode & 0o077) === 0) return { keys };
  const mode = (file.mode & 0o777).toString(8).padStart(4, "0");
  const reason = `its key ${path} is open to others than its owner (mode ${mode})`;
  return { keys, fault: { reason, hint: `chmod 0600 ${path}; where others may have read it: ${anew}` } };
}

function restored(path: string): string {
  return `put it back as a file that root can read, chmod 0600 ${path}; where it is lost: ${anew}`;
}

/** The keys of a file as age-keygen writes one. */
export function keysIn(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => (line.startsWith("AGE-SECRET-KEY-") ? [line.trim()] : []));
}
