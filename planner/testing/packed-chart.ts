// The smallest file that passes for a packed Helm chart.
import { gzipSync } from "node:zlib";

/** A tar of one empty Chart.yaml, packed. */
export function packedChart(): Uint8Array {
  return gzipSync(Buffer.concat([tarEntry("web/Chart.yaml"), Buffer.alloc(1024)]));
}

/** Header of an entry without content. */
export function tarEntry(name: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("00000000000", 124);
  header.write("ustar", 257);
  return header;
}
