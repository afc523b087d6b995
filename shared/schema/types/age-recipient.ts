// Recipients of age: text that whoever copies it may mistype, which its checksum tells (BIP 173).
import type { Fault } from "./domain.ts";

/** Bytes of a public key, by what its text begins with: X25519, with ML-KEM, and of keys in hardware that need no program of their own. */
const keyBytes: ReadonlyMap<string, number> = new Map([
  ["age", 32],
  ["age1pq", 1216],
  ["age1tag", 33],
  ["age1tagpq", 1249],
]);
const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLetters = 6;

/** Never tells the text: it may be a key. */
export function notRecipient(text: string): Fault | undefined {
  const end = text.lastIndexOf("1");
  const bytes = keyBytes.get(text.slice(0, end));
  if (bytes === undefined)
    return { problem: "no recipient of a kind that can be sealed to", hint: "age1…, as age-keygen prints it" };
  const wanted = end + 1 + Math.ceil((bytes * 8) / 5) + checksumLetters;
  if (text.length !== wanted)
    return { problem: `a recipient of ${wanted} characters has ${text.length} here`, hint: "copy it again, whole" };
  return isWhole(text.slice(0, end), text.slice(end + 1))
    ? undefined
    : { problem: "its checksum does not fit the recipient", hint: "copy it again: some of its characters are others" };
}

function isWhole(prefix: string, data: string): boolean {
  const codes = Buffer.from(prefix);
  const values = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  for (const letter of data) values.push(letters.indexOf(letter));
  return !values.includes(-1) && polymod(values) === 1;
}

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [bit, term] of generator.entries()) if (((top >> bit) & 1) === 1) sum ^= term;
  }
  return sum;
}
