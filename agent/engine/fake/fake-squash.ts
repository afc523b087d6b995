// What a file system makes of owners that it does not keep, such as NFS with root_squash or a user namespace.

/** Owners by number, and whom the file system makes of them. */
export type Squashed = ReadonlyMap<number, number>;

/** The owner and group that a file really gets. */
export function keptOwner<Attributes extends { readonly uid: number; readonly gid: number }>(
  attributes: Attributes,
  squashed: Squashed = new Map(),
): Attributes {
  const { uid, gid } = attributes;
  return { ...attributes, uid: squashed.get(uid) ?? uid, gid: squashed.get(gid) ?? gid };
}
