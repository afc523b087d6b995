// Which words of `--config` name a place on the web.

/** Undefined for a path and for standard input, and for what is no URL though it looks like one. */
export function urlIn(config: string): URL | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(config) && URL.canParse(config) ? new URL(config) : undefined;
}
