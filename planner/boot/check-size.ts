// Whether what a provider is given fits its limit, and what else would.
import type { Problem } from "#shared/errors.ts";
import type { BootHost, BootWish, Packing } from "./boot-files.ts";
import { bootFiles } from "./boot-files.ts";

/** A problem for each document that has more than `maxBytes` as it is written. */
export function checkSize(host: BootHost, wish: BootWish, maxBytes: number): readonly Problem[] {
  return bootFiles(host, wish)
    .filter(({ isGiven, bytes }) => isGiven && bytes.byteLength > maxBytes)
    .map(({ name, bytes }) => ({
      path: "",
      file: `${host.name}/${name}`,
      problem: `${inBytes(bytes.byteLength)}, and at most ${inBytes(maxBytes)} are allowed`,
      hint: waysOut(host, wish, maxBytes),
    }));
}

/** For every format alike: a unit that is a part of the machine's image is small, and the file comes later by itself. */
const byOtherWay = "or give the machine only the unit (--format systemd) and bring it the host config by another way";

function waysOut(host: BootHost, wish: BootWish, maxBytes: number): string {
  const packings: readonly Packing[] = ["gzip", "gzip-base64"];
  const words = { none: "", gzip: "--gzip", "gzip-base64": "--gzip --base64" } as const;
  const sizeOf = (packing: Packing): number => largest(host, { ...wish, packing });
  switch (wish.format) {
    case "ignition":
      return wish.url === undefined
        ? `Ignition unpacks no user-data: keep the document at a URL and give the machine a small one that names it (--url), ${byOtherWay}`
        : "use a shorter URL";
    case "systemd":
    case "quadlet":
      return "nothing of it can be left out";
    case "cloud-init":
    case "nocloud":
    case "script": {
      const fitting = packings.filter((packing) => packing !== wish.packing && sizeOf(packing) <= maxBytes);
      const said = fitting.map((packing) => `${words[packing]} makes it ${inBytes(sizeOf(packing))}`);
      const none = `also ${words.gzip} makes it ${inBytes(sizeOf("gzip"))}`;
      return [said.length > 0 ? said.join(", ") : none, byOtherWay].join("; ");
    }
  }
}

function largest(host: BootHost, wish: BootWish): number {
  return Math.max(...bootFiles(host, wish).flatMap(({ isGiven, bytes }) => (isGiven ? [bytes.byteLength] : [])));
}

function inBytes(count: number): string {
  return `${count.toLocaleString("en-US")} bytes`;
}
