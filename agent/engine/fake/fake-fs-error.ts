// The error of the fake's file trees; its codes are those of node:fs.

export type FakeFsCode =
  | "ENOENT"
  | "ENOTDIR"
  | "EISDIR"
  | "EEXIST"
  | "ENOTEMPTY"
  | "EINVAL"
  | "ELOOP"
  | "EROFS"
  | "EBUSY";

/** A failed operation on a fake file tree, in the form of Node's own. */
export class FakeFsError extends Error {
  readonly code: FakeFsCode;
  readonly path: string;

  constructor(code: FakeFsCode, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
    this.path = path;
  }
}
