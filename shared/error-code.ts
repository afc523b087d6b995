// The code that Node and the system give an error.

/** Such as ENOENT or ERR_SYSTEM_ERROR; undefined for an error without one, and for what is no error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Nothing is at the path, or it leads through something that is no directory. */
export function isMissingPath(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}
