// Who may enter a directory of files: its mode and owner follow from what lies in it.
import type { FileDraft } from "./file-draft.ts";

export type Owner = { readonly uid: number; readonly gid: number };
export type DirectoryAccess = Owner & { readonly mode: number };

const worldReadable = 0o004;

/**
 * 0755 of root when everybody may read every file in it, else 0700 of the container's user. When the image decides
 * the user (`user` is undefined), the owner of the private files stands for it; when these differ, the directory can be
 * entered but not listed, and each file guards itself.
 */
export function directoryAccess(files: readonly FileDraft[], user: Owner | undefined): DirectoryAccess {
  const hidden = files.filter((file) => (file.mode & worldReadable) === 0);
  const [first] = hidden;
  if (first === undefined) return { mode: 0o755, uid: 0, gid: 0 };
  if (user !== undefined) return { mode: 0o700, uid: user.uid, gid: user.gid };
  if (hidden.some((file) => file.uid !== first.uid)) return { mode: 0o711, uid: 0, gid: 0 };
  return { mode: 0o700, uid: first.uid, gid: hidden.every((file) => file.gid === first.gid) ? first.gid : 0 };
}

/** Numeric owner of a container's `user` such as `65534:65534`; undefined when the image or a name decides. */
export function numericOwner(user: string | undefined): Owner | undefined {
  const match = /^([0-9]+)(?::([0-9]+))?$/.exec(user ?? "");
  if (match === null) return undefined;
  return { uid: Number(match[1]), gid: Number(match[2] ?? 0) };
}
