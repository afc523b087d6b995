// What every page is made in: a document that stands for itself, without script, that asks for nothing elsewhere. Pure.
import { createHash } from "node:crypto";
import { constant, markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { pageStyle } from "./page-style.ts";

/**
 * Content-Security-Policy (https://www.w3.org/TR/CSP3/): the one style sheet, known by its hash, and nothing else. A browser that opens a
 * page as a file has it from the page itself.
 */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(pageStyle).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** `reloadSeconds`: a page that is served comes again by itself after that time. */
export function wholePage(page: {
  readonly title: string;
  readonly body: Markup;
  readonly reloadSeconds?: number | undefined;
}): string {
  const { title, body, reloadSeconds } = page;
  const reload =
    reloadSeconds === undefined ? markup`` : markup`<meta http-equiv="refresh" content="${reloadSeconds}">\n`;
  const { html } = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${constant(pagePolicy)}">
${reload}<meta name="referrer" content="no-referrer"><title>${title}</title>
<style>${constant(pageStyle)}</style></head><body>
${body}
</body></html>
`;
  return html;
}
