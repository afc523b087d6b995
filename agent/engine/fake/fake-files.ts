// A file tree in memory, as a host or a container sees it: links, modes, owners, inodes, bind mounts.
// Errors carry the codes of node:fs, so that what reads real files can read these.
import { FakeFsError } from "./fake-fs-error.ts";
import { keptOwner, type Squashed } from "./fake-squash.ts";
import { dirname, join, split, within } from "./fake-path.ts";

export type FakeInode = {
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  /** Epoch milliseconds. */
  modifiedAt: number;
  changedAt: number;
};
export type FakeFile = FakeInode & { readonly type: "file"; content: Uint8Array };
export type FakeDirectory = FakeInode & { readonly type: "directory"; readonly entries: Map<string, FakeNode> };
export type FakeSymlink = FakeInode & { readonly type: "symlink"; readonly target: string };
export type FakeOther = FakeInode & { readonly type: "other" };
export type FakeNode = FakeFile | FakeDirectory | FakeSymlink | FakeOther;

export type FakeStat = Readonly<FakeInode> & {
  readonly type: FakeNode["type"];
  readonly size: number;
  /** Target of a symbolic link. */
  readonly target?: string | undefined;
};

export type FakeAttributes = {
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly modifiedAt?: number | undefined;
};

export type FakeMount = { readonly target: string; readonly node: FakeNode; readonly readOnly: boolean };

/** Where a path led: its form without links, and what is there. */
type Place = { readonly path: string; readonly node: FakeNode | undefined };

/** Makes inodes with numbers of their own; shared by all trees of one machine. */
export type FakeDisk = { readonly now: () => number; readonly nextInode: () => number; readonly squashed?: Squashed };

/** A root directory with mounts on it, whose targets exist in the root. Paths are absolute. */
export class FakeFiles {
  readonly #root: FakeDirectory;
  readonly #mounts: readonly FakeMount[];
  readonly #readOnlyRoot: boolean;
  readonly #disk: FakeDisk;

  constructor(
    disk: FakeDisk,
    view: {
      readonly root?: FakeDirectory | undefined;
      readonly mounts?: readonly FakeMount[] | undefined;
      readonly readOnlyRoot?: boolean | undefined;
    } = {},
  ) {
    this.#disk = disk;
    this.#root = view.root ?? this.#inode({ type: "directory", entries: new Map<string, FakeNode>() }, { mode: 0o755 });
    this.#mounts = (view.mounts ?? []).toSorted((a, b) => b.target.length - a.target.length);
    this.#readOnlyRoot = view.readOnlyRoot ?? false;
  }

  /** The inode at a path without following links, or undefined. */
  node(path: string): FakeNode | undefined {
    try {
      return this.resolve(path, { follow: false }).node;
    } catch (error) {
      if (error instanceof FakeFsError) return undefined;
      throw error;
    }
  }

  exists(path: string): boolean {
    return this.node(path) !== undefined;
  }

  lstat(path: string): FakeStat {
    return statOf(this.#existing(path, false).node);
  }

  stat(path: string): FakeStat {
    return statOf(this.#existing(path, true).node);
  }

  readlink(path: string): string {
    const { node } = this.#existing(path, false);
    if (node.type !== "symlink") throw new FakeFsError("EINVAL", path);
    return node.target;
  }

  read(path: string): Uint8Array {
    const { node } = this.#existing(path, true);
    if (node.type === "directory") throw new FakeFsError("EISDIR", path);
    return node.type === "file" ? node.content : new Uint8Array();
  }

  text(path: string): string {
    return new TextDecoder().decode(this.read(path));
  }

  /** Names in a directory, sorted. */
  list(path: string): readonly string[] {
    const { node } = this.#existing(path, true);
    if (node.type !== "directory") throw new FakeFsError("ENOTDIR", path);
    return [...node.entries.keys()].toSorted();
  }

  /** Makes a directory and its missing parents; attributes go to the last one only. */
  mkdir(path: string, attributes: FakeAttributes = {}): void {
    const parts = split(path);
    parts.forEach((_, index) => {
      const here = `/${parts.slice(0, index + 1).join("/")}`;
      const place = this.resolve(here, { follow: true });
      if (place.node?.type === "directory") return;
      if (place.node !== undefined) throw new FakeFsError("ENOTDIR", here);
      const directory = { type: "directory", entries: new Map<string, FakeNode>() } as const;
      this.place(
        here,
        this.#inode(directory, index === parts.length - 1 ? { mode: 0o755, ...attributes } : { mode: 0o755 }),
      );
    });
    const { node } = this.#existing(path, true);
    this.#set(node, attributes);
  }

  /** Writes in place when a file is there (same inode), else makes one. */
  write(path: string, content: string | Uint8Array, attributes: FakeAttributes = {}): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const place = this.resolve(path, { follow: true });
    if (place.node === undefined)
      return this.place(place.path, this.#inode({ type: "file", content: bytes }, { mode: 0o644, ...attributes }));
    if (place.node.type !== "file") throw new FakeFsError("EISDIR", path);
    this.#writable(place.path);
    place.node.content = bytes;
    this.#set(place.node, { modifiedAt: this.#disk.now(), ...attributes });
  }

  symlink(path: string, target: string, attributes: FakeAttributes = {}): void {
    if (this.exists(path)) throw new FakeFsError("EEXIST", path);
    this.place(path, this.#inode({ type: "symlink", target }, { mode: 0o777, ...attributes }));
  }

  /** A socket, pipe or device. */
  special(path: string, attributes: FakeAttributes = {}): void {
    if (this.exists(path)) throw new FakeFsError("EEXIST", path);
    this.place(path, this.#inode({ type: "other" }, { mode: 0o644, ...attributes }));
  }

  set(path: string, attributes: FakeAttributes): void {
    const place = this.#existing(path, true);
    this.#writable(place.path);
    this.#set(place.node, attributes);
  }

  /** Removes what is there with all in it; nothing there is no error. */
  remove(path: string): void {
    const place = this.resolve(path, { follow: false });
    if (place.node === undefined) return;
    this.#writable(place.path);
    if (this.#mounts.some((mount) => mount.target === place.path)) throw new FakeFsError("EBUSY", path);
    const parent = this.#parent(place.path);
    parent.entries.delete(lastOf(place.path));
    this.#set(parent, { modifiedAt: this.#disk.now() });
  }

  /** Like rename(2): atomic, replaces a file or an empty directory of the same kind. */
  rename(from: string, to: string): void {
    const source = this.#existing(from, false);
    const target = this.resolve(to, { follow: false });
    const replaced = target.node;
    if (replaced === source.node) return;
    if (replaced?.type === "directory" && source.node.type !== "directory") throw new FakeFsError("EISDIR", to);
    if (replaced?.type === "directory" && replaced.entries.size > 0) throw new FakeFsError("ENOTEMPTY", to);
    if (replaced !== undefined && replaced.type !== "directory" && source.node.type === "directory")
      throw new FakeFsError("ENOTDIR", to);
    this.#writable(source.path);
    this.place(target.path, source.node);
    this.#parent(source.path).entries.delete(lastOf(source.path));
    this.#set(source.node, {});
  }

  /** Puts an inode at a path whose parent exists, in the place of whatever was there. */
  place(path: string, node: FakeNode): void {
    const place = this.resolve(path, { follow: false });
    this.#writable(place.path);
    const parent = this.#parent(place.path);
    parent.entries.set(lastOf(place.path), node);
    this.#set(parent, { modifiedAt: this.#disk.now() });
  }

  /** A new file, not in the tree yet. */
  newFile(content: Uint8Array, attributes: FakeAttributes): FakeNode {
    return this.#inode({ type: "file", content }, attributes);
  }

  /**
   * Follows links on the way and, with `follow`, at the end; absolute targets start at this tree's root.
   * `lenient` takes what is missing as it is written instead of failing with ENOENT.
   */
  resolve(path: string, options: { readonly follow: boolean; readonly lenient?: boolean | undefined }): Place {
    const todo = [...split(path)];
    let at = "/";
    for (let links = 0; todo.length > 0;) {
      const name = todo.shift() ?? "";
      if (name === "..") {
        at = dirname(at);
        continue;
      }
      const next = join(at, name);
      const node = this.#entry(at, name, path, options.lenient ?? false);
      if (node?.type !== "symlink" || (todo.length === 0 && !options.follow)) {
        if (node === undefined && todo.length > 0 && options.lenient !== true) throw new FakeFsError("ENOENT", path);
        at = next;
        continue;
      }
      links += 1;
      if (links > 40) throw new FakeFsError("ELOOP", path);
      if (node.target.startsWith("/")) at = "/";
      todo.unshift(...split(node.target));
    }
    return { path: at, node: this.#at(at) };
  }

  /** The mount that a path without links lies in. */
  mountOf(path: string): FakeMount | undefined {
    return this.#mounts.find((mount) => within(mount.target, path));
  }

  isReadOnly(path: string): boolean {
    return this.mountOf(path)?.readOnly ?? this.#readOnlyRoot;
  }

  #entry(at: string, name: string, path: string, lenient: boolean): FakeNode | undefined {
    const node = this.#at(join(at, name));
    if (node !== undefined) return node;
    const here = this.#at(at);
    if (here === undefined && !lenient) throw new FakeFsError("ENOENT", path);
    if (here !== undefined && here.type !== "directory" && !lenient) throw new FakeFsError("ENOTDIR", path);
    return undefined;
  }

  /** What is at a path that has no links in it. */
  #at(path: string): FakeNode | undefined {
    const mount = this.mountOf(path);
    let node: FakeNode | undefined = mount?.node ?? this.#root;
    for (const name of split(mount === undefined ? path : path.slice(mount.target.length)))
      node = node?.type === "directory" ? node.entries.get(name) : undefined;
    return node;
  }

  #existing(path: string, follow: boolean): { readonly path: string; readonly node: FakeNode } {
    const place = this.resolve(path, { follow });
    if (place.node === undefined) throw new FakeFsError("ENOENT", path);
    return { path: place.path, node: place.node };
  }

  #parent(path: string): FakeDirectory {
    const parent = this.#at(dirname(path));
    if (parent === undefined) throw new FakeFsError("ENOENT", path);
    if (parent.type !== "directory") throw new FakeFsError("ENOTDIR", path);
    return parent;
  }

  #writable(path: string): void {
    if (this.isReadOnly(path)) throw new FakeFsError("EROFS", path);
  }

  #set(node: FakeNode, attributes: FakeAttributes): void {
    const { mode = node.mode, uid = node.uid, gid = node.gid, modifiedAt = node.modifiedAt } = attributes;
    Object.assign(node, keptOwner({ mode, uid, gid, modifiedAt, changedAt: this.#disk.now() }, this.#disk.squashed));
  }

  #inode<Kind extends object>(kind: Kind, attributes: FakeAttributes): Kind & FakeInode {
    const now = this.#disk.now();
    const { mode = 0o644, uid = 0, gid = 0, modifiedAt = now } = attributes;
    const inode = this.#disk.nextInode();
    return { ...kind, ...keptOwner({ inode, mode, uid, gid, modifiedAt, changedAt: now }, this.#disk.squashed) };
  }
}

function statOf(node: FakeNode): FakeStat {
  const { inode, mode, uid, gid, modifiedAt, changedAt, type } = node;
  const size = node.type === "file" ? node.content.length : 0;
  const target = node.type === "symlink" ? node.target : undefined;
  return { inode, mode, uid, gid, modifiedAt, changedAt, type, size, target };
}

function lastOf(path: string): string {
  return split(path).at(-1) ?? "";
}

/** A directory without names, as a container's root begins. */
export function emptyDirectory(disk: FakeDisk): FakeDirectory {
  const now = disk.now();
  const entries = new Map<string, FakeNode>();
  const inode = disk.nextInode();
  return { type: "directory", entries, inode, mode: 0o755, uid: 0, gid: 0, modifiedAt: now, changedAt: now };
}
