// The lock file of images: for each reference the digest that its tag had when somebody asked for it. It belongs beside the cluster config,
// in version control.
import * as z from "zod";
import type { Problem } from "#shared/errors.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import { apiVersion } from "#shared/schema/host-config.ts";
import { Image } from "#shared/schema/words/words.ts";
import { domain } from "#shared/schema/types/domain.ts";
import { renderDocument } from "#planner/yaml/render-document.ts";
import type { Pins } from "./pins.ts";

/** Its `kind`. */
export const lockKind = "ImageLock";

const ImageLock = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal(lockKind),
  images: z.record(
    Image,
    domain("digest", z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits")),
  ),
});

/** No digests where there is a problem. */
export type ReadLock = { readonly pins?: Pins; readonly problems: readonly Problem[] };

/** `file` is for the problems' places. */
export function parseLock(text: string, file: string): ReadLock {
  const parsed = parseDocument(text, ImageLock, { file });
  return parsed.ok
    ? { pins: new Map(Object.entries(parsed.value.images)), problems: [] }
    : { problems: parsed.problems };
}

/** The same bytes for the same digests. */
export function renderLock(pins: Pins): string {
  const images = Object.fromEntries([...pins].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return renderDocument("Digests of images, made by flexkube-planner split --pin. Keep it beside the cluster config.", {
    apiVersion,
    kind: lockKind,
    images,
  });
}
