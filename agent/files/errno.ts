// The system error behind a failed file operation.
import { errorCode } from "#shared/error-code.ts";

/** Its name, such as ENOENT; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error ? errorCode(error) : undefined;
}

const words: Readonly<Record<string, string>> = {
  EACCES: "not permitted",
  EBUSY: "it is in use, or something is mounted there",
  EDQUOT: "a quota of the disk is used up",
  EIO: "the disk answers with an error",
  EISDIR: "it is a directory",
  // in the engine's own words, which an upload would have had
  ENOSPC: "no space left on device",
  ENOTEMPTY: "a directory there is not empty",
  EPERM: "not permitted; is it immutable (lsattr; chattr -i makes it changeable)?",
  EROFS: "its file system is mounted read-only",
  ESTALE: "the server of its file system does not know it any more",
  ETXTBSY: "a program is run from it",
};

/** What an operator can do something with, with the system's own word. */
export function errnoText(errno: string): string {
  return Object.hasOwn(words, errno) ? `${words[errno]} (${errno})` : errno;
}
