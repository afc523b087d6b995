// gzip whose bytes depend on nothing but what is packed.
import { gzipSync } from "node:zlib";

/** In the header: which system packed it. */
const systemAt = 9;
const unknownSystem = 255;

export function gzipped(bytes: Uint8Array): Uint8Array {
  const packed = gzipSync(bytes, { level: 9 });
  packed[systemAt] = unknownSystem;
  return packed;
}
