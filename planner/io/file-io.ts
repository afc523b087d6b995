// The files that the planner reads and writes, besides its PKI.

export type FoundFile = { readonly bytes: Uint8Array; readonly mode: number };

/** Who may do what with a file or directory. */
export type Access = {
  readonly mode: number;
  /** The user it belongs to. */
  readonly uid: number;
  readonly isDirectory: boolean;
  /** There is a link, and all this is said of what it leads to. */
  readonly isLink?: true;
};

/** Paths are those of the operator's machine. Writes resolve when they survive a power cut. */
export type FileIo = {
  /** Undefined when there is no such file; throws FILES_UNREADABLE for everything else. */
  readonly readFile: (path: string) => Promise<FoundFile | undefined>;
  /**
   * Every piece of a file of any size in turn, with the size that it had at first; a piece is good only until the next one. False when
   * there is no such file; throws FILES_UNREADABLE for everything else.
   */
  readonly readPieces: (path: string, take: (piece: Uint8Array, size: number) => void) => Promise<boolean>;
  /** Names in a directory, sorted; none when there is no such directory. Throws FILES_UNREADABLE. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Temporary file `.<name>.tmp`, fsync, rename, fsync of the directory. Throws FILES_UNWRITABLE. */
  readonly writeFileAtomic: (path: string, bytes: Uint8Array, mode: number) => Promise<void>;
  /** With its parents; an existing one is left as it is. Throws FILES_UNWRITABLE. */
  readonly makeDirectory: (path: string, mode: number) => Promise<void>;
  /** Who runs the planner; 0 may give files to others. */
  readonly user: number;
  /** Undefined for what is missing, also behind a link. Throws FILES_UNREADABLE. */
  readonly accessOf: (path: string) => Promise<Access | undefined>;
  /** Sets its mode, and by root also its owner. Throws FILES_UNWRITABLE, also for a link. */
  readonly makePrivate: (path: string, access: Pick<Access, "mode" | "uid">) => Promise<void>;
  /** Renames a file or a directory within one file system. Throws FILES_UNWRITABLE. */
  readonly move: (from: string, to: string) => Promise<void>;
  /** Throws FILES_UNWRITABLE; a missing file is success. */
  readonly remove: (path: string) => Promise<void>;
};

/** Name under which `writeFileAtomic` writes before it renames. */
export function temporaryName(name: string): string {
  return `.${name}.tmp`;
}
