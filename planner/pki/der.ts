// The part of DER that a certificate needs: writing values, and walking over the elements of a parsed certificate.
// It must not know what a certificate is.

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element: tag, length, contents one after the other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const size = contents.reduce((sum, content) => sum + content.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(size)]), ...contents]);
}

export function derSequence(...contents: readonly Uint8Array[]): Buffer {
  return der(derTag.sequence, ...contents);
}

/** Tag of `[number]` in a schema; constructed when it wraps other elements. */
export function contextTag(number: number, constructed: boolean): number {
  return 0x80 | (constructed ? 0x20 : 0) | number;
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** INTEGER of a non-negative number given as big-endian bytes, in its shortest form. */
export function derInteger(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const shortest = first === -1 ? Uint8Array.of(0) : magnitude.subarray(first);
  const negative = (shortest[0] ?? 0) >= 0x80;
  return negative ? der(derTag.integer, Uint8Array.of(0), shortest) : der(derTag.integer, shortest);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(derTag.oid, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): readonly number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}

export function derText(text: string): Buffer {
  return der(derTag.utf8String, Buffer.from(text, "utf8"));
}

/** BIT STRING whose last byte has `unused` bits that do not count. */
export function derBits(bytes: Uint8Array, unused = 0): Buffer {
  return der(derTag.bitString, Uint8Array.of(unused), bytes);
}

/** A time with whole seconds: UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280 wants it. */
export function derTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.[0-9]+/g, "");
  return new Date(ms).getUTCFullYear() < 2050
    ? der(derTag.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : der(derTag.generalizedTime, Buffer.from(digits, "ascii"));
}

export type DerElement = {
  readonly tag: number;
  /** The whole element with tag and length. */
  readonly raw: Buffer;
  readonly content: Buffer;
};

/** The elements in a row of bytes that a DER parser has accepted already; short tags only. */
export function derElements(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const short = bytes.readUInt8(offset + 1);
    const lengthSize = short < 0x80 ? 0 : short & 0x7f;
    const start = offset + 2 + lengthSize;
    const end = start + (lengthSize === 0 ? short : bytes.readUIntBE(offset + 2, lengthSize));
    elements.push({
      tag: bytes.readUInt8(offset),
      raw: bytes.subarray(offset, end),
      content: bytes.subarray(start, end),
    });
    offset = end;
  }
  return elements;
}
