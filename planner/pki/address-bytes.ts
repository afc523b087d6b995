// The bytes of an IP address, for certificates, and the form in which a parsed certificate shows them.
import { isIPv4, isIPv6 } from "node:net";
import { FlexkubeError } from "#shared/errors.ts";

/** 4 or 16 bytes. Throws INTERNAL_BUG for anything but an address: schemas have checked it before. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  if (!isIPv6(address) || address.includes("%"))
    throw new FlexkubeError("INTERNAL_BUG", "a certificate was asked for something that is no address", {
      reason: address,
    });
  const [head = "", tail] = address.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const gap = tail === undefined ? [] : Array.from({ length: 16 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...gap, ...after]);
}

function groups(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** `10.0.0.1`, or eight upper-case groups without `::`, as OpenSSL prints the addresses of a certificate. */
export function plainAddress(address: string): string {
  const bytes = addressBytes(address);
  if (bytes.length === 4) return bytes.join(".");
  const pairs = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  return pairs.map((pair) => pair.toString(16).toUpperCase()).join(":");
}
