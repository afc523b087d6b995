// A URL as logs, reports and errors have it.

/** Without a password, a signature or a token that it may have. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
