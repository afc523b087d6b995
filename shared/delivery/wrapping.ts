// What a host config is still wrapped into when it arrives, by whatever brought it. Pure.
import type { Problem } from "#shared/errors.ts";
import { placeOfBadByte } from "./text-of-bytes.ts";

export type Wrapping = Pick<Problem, "problem" | "hint">;

const zeros: Wrapping = {
  problem: "the file is nothing but zero bytes, as a power cut or a full disk leaves one",
  hint: "copy it again",
};
const texts: readonly (readonly [RegExp, Wrapping])[] = [
  [/^\s*$/, { problem: "the file is empty", hint: "copy it again" }],
  [/^\0+$/, zeros],
  [/^\s*<(?:!doctype|html|\?xml|head|body)\b/i, { problem: "it is a web page", hint: "fetch the file itself" }],
  [
    /^\$ANSIBLE_VAULT;|^-----BEGIN (?:AGE|PGP) |^age-encryption\.org\//,
    { problem: "it is encrypted", hint: "decrypt it on the way" },
  ],
  [/^#cloud-config\s/, { problem: "it is a cloud-config", hint: "deliver the file that its write_files makes" }],
];
const base64: Wrapping = { problem: "it is still base64", hint: "decode it on the way, as base64 -d does" };
/** What a host config begins with, and a compressed one. */
const begins = /^(?:# |---|apiVersion:|kind:|\x1f\x8b)/;

/** Of a text; undefined for one that may be a host config. */
export function wrappingOf(text: string): Wrapping | undefined {
  const known = texts.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  const head = /^[A-Za-z0-9+/]{16,}/.exec(text)?.[0];
  if (head === undefined || !/^[A-Za-z0-9+/\s]+=*\s*$/.test(text)) return undefined;
  return begins.test(atob(head.slice(0, head.length - (head.length % 4)))) ? base64 : undefined;
}

const bytesOf: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], "it is compressed: decompress it on the way, as gunzip does"],
  [[0x28, 0xb5, 0x2f, 0xfd], "it is compressed: decompress it on the way, as zstd -d does"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "it is compressed: decompress it on the way, as unxz does"],
  [[0xff, 0xfe], "it is UTF-16: write it as UTF-8"],
  [[0xfe, 0xff], "it is UTF-16: write it as UTF-8"],
];

/** Why bytes are no UTF-8, and the place of what is none, from 1. */
export function notText(bytes: Uint8Array): {
  readonly problem: string;
  readonly line: number;
  readonly column: number;
} {
  const known = bytesOf.find(([magic]) => magic.every((byte, index) => bytes[index] === byte));
  if (known !== undefined) return { problem: known[1], line: 1, column: 1 };
  return { problem: "it is not UTF-8 text", ...placeOfBadByte(bytes) };
}
