// What stands in a sealed host config once it is open: what is signed of it, its signature, and the config itself.
// Pure: bytes in, bytes out. Who opens the age file around it, and whether this host may take it, is decided elsewhere.
import { createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { maxDocumentBytes } from "#shared/document/parse-yaml.ts";
import { pemBlocks } from "#shared/pem.ts";

/** How every file of age begins, but for those in ASCII armor. */
const sealedHead = "age-encryption.org/v1\n";
const armorHead = "-----BEGIN AGE ENCRYPTED FILE-----";

/** Largest sealed file that is opened, in bytes: what any host config may have. */
export const maxSealedBytes = maxDocumentBytes;

/** To whom the planner seals one file at most: the host's keys, and those for recovery. */
export const mostRecipients = 34;
/** Of age's header with so many of the largest kind. Each line of it costs whoever opens the file some work, and whoever wrote it none. */
const maxHeadBytes = 64 * 1024;

/** So that no signature of another use or format is one of a host config. */
const domain = Buffer.from("flexkube sealed host config v1\n");
const firstLine = "flexkube-sealed/v1";
const maxHeaderBytes = 4096;
const signatureBytes = 64;
const newline = 0x0a;

const name = z.string().min(1).max(253);

/** What is signed beside the config. */
export const SealedHeader = z.strictObject({
  cluster: name,
  host: name,
  generation: z.int().min(1),
  /** The config that was sealed for this host before: its generation, and `contentKey` of it. */
  previous: z.strictObject({ generation: z.int().min(1), content: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
});
export type SealedHeader = Readonly<z.infer<typeof SealedHeader>>;

export type Envelope = {
  readonly header: SealedHeader;
  readonly signature: Uint8Array;
  /** What the signature is of. */
  readonly signed: Uint8Array;
  /** gzip of the host config. */
  readonly body: Uint8Array;
};

/** Whether bytes, or the text that they are, begin as a sealed file does, as age writes it or as text (`age --armor`). */
export function isSealed(content: string | Uint8Array): boolean {
  return isAgeFile(content) || isArmored(content);
}

/** Whether it is a file of age as age writes it, whatever is in it. */
export function isAgeFile(content: string | Uint8Array): boolean {
  return beginsWith(content, sealedHead);
}

/** Whether it is the text that age makes of a file for whatever carries no other bytes. */
export function isArmored(content: string | Uint8Array): boolean {
  return beginsWith(content, armorHead);
}

/** Whether the header of a file of age ends where it may; one that was cut has no end. */
export function hasBoundedHead(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, maxHeadBytes)).includes("\n--- ");
}

function beginsWith(content: string | Uint8Array, head: string): boolean {
  return typeof content === "string"
    ? content.startsWith(head)
    : Buffer.from(content.subarray(0, head.length)).toString("latin1") === head;
}

/** Three lines and gzip: the format, the header as JSON, its signature in base64. `key`: ed25519. Equal inputs, equal bytes. */
export function packEnvelope(text: string, header: SealedHeader, key: KeyObject): Uint8Array<ArrayBuffer> {
  const head = JSON.stringify(SealedHeader.parse(header));
  const body = gzipSync(Buffer.from(text), { level: 9 });
  const signature = sign(null, signedBytes(head, body), key);
  return Uint8Array.from(
    Buffer.concat([Buffer.from(`${firstLine}\n${head}\n${signature.toString("base64")}\n`), body]),
  );
}

function signedBytes(head: string, body: Uint8Array): Uint8Array {
  // the header has no line end, so it is told where it ends
  return Buffer.concat([domain, Buffer.from(`${head}\n`), body]);
}

/** Undefined for anything else than what `packEnvelope` writes; nothing in it is believed before `isSignedBy`. */
export function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  const format = lineAt(bytes, 0, firstLine.length);
  if (format?.line !== firstLine) return undefined;
  const head = lineAt(bytes, format.end, maxHeaderBytes);
  const seal = head && lineAt(bytes, head.end, maxHeaderBytes);
  if (head === undefined || seal === undefined) return undefined;
  const header = SealedHeader.safeParse(parseJson(head.line)).data;
  const signature = Buffer.from(seal.line, "base64");
  if (header === undefined || signature.length !== signatureBytes || signature.toString("base64") !== seal.line)
    return undefined;
  const body = bytes.subarray(seal.end);
  return { header, signature, signed: signedBytes(head.line, body), body };
}

function lineAt(
  bytes: Uint8Array,
  start: number,
  limit: number,
): { readonly line: string; readonly end: number } | undefined {
  const end = bytes.subarray(start, start + limit + 1).indexOf(newline);
  if (end < 0) return undefined;
  return { line: Buffer.from(bytes.subarray(start, start + end)).toString("utf8"), end: start + end + 1 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // the schema says no to undefined
    return undefined;
  }
}

/** Whether one of the signers has signed it; `signers`: public keys in PEM, others than ed25519 sign nothing. */
export function isSignedBy({ signed, signature }: Envelope, signers: readonly string[]): boolean {
  return signers
    .flatMap((pem) => pemBlocks(pem))
    .some(({ text }) => {
      const key = ed25519In(text);
      return key !== undefined && verify(null, signed, key, signature);
    });
}

/** An ed25519 public key in PEM; undefined for anything else, a private key from which it would follow too. */
export function signerOf(pem: string): KeyObject | undefined {
  return pem.startsWith("-----BEGIN PUBLIC KEY-----") ? ed25519In(pem) : undefined;
}

/** The same key in PEM by the line in its middle, as options name a signer; undefined for anything else. */
export function signerPem(line: string): string | undefined {
  const pem = `-----BEGIN PUBLIC KEY-----\n${line}\n-----END PUBLIC KEY-----\n`;
  return /^[A-Za-z0-9+/]+=*$/.test(line) && signerOf(pem) !== undefined ? pem : undefined;
}

function ed25519In(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    // what is no key has signed nothing
    return undefined;
  }
}

/** The host config; undefined when it is larger than one may be, or no gzip. Nothing beyond the limit is ever unpacked. */
export function unpackBody(body: Uint8Array): string | undefined {
  try {
    return gunzipSync(body, { maxOutputLength: maxDocumentBytes }).toString("utf8");
  } catch {
    // zlib throws for both; it was signed, so nobody but the signer made it so
    return undefined;
  }
}
