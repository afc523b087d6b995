// What the system says about a file, in words and with its own.
import { ownValue } from "#shared/own-value.ts";
import { errorCode } from "#shared/error-code.ts";

const words: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "it is in use",
  EDQUOT: "the quota is used up",
  EEXIST: "something else is there",
  EFBIG: "it is too large",
  EIO: "the disk has an error",
  EISDIR: "it is a directory",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "there is no such file or directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no directory",
  ENXIO: "nobody is at its other end",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ESTALE: "its file system is gone",
};

/** The code of the error; its message when it has none. */
export function codeOf(error: unknown): string {
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
}

/** `the disk is full (ENOSPC)` for such a code; any other reason as it is. */
export function inWords(reason: string): string {
  const known = ownValue(words, reason);
  return known === undefined ? reason : `${known} (${reason})`;
}
