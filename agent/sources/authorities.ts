// Who may have signed a web server's certificate: those of a file, else those of the host's system, else those that Node brings.
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Patience } from "#agent/files/patience.ts";
import { readRegularFile } from "#agent/files/read-regular-file.ts";
import { pemBlocks } from "#shared/pem.ts";
import { reasonOf } from "#shared/reason-of.ts";

/** PEM, or why there is nobody to believe. */
export type Authorities = { readonly pem: string } | { readonly reason: string };

export type AuthorityPlaces = {
  /** A file that alone counts. */
  readonly file?: string | undefined;
  /** Where the host's / is mounted. */
  readonly hostRoot: string;
  readonly patience: Pick<Patience, "run">;
};

/** Where Debian and Alpine, Fedora and RHEL, SUSE keep the certificates that their programs believe. */
const systemPlaces = [
  "etc/ssl/certs/ca-certificates.crt",
  "etc/pki/tls/certs/ca-bundle.crt",
  "etc/ssl/ca-bundle.pem",
] as const;
/** A system's whole bundle has some 250 KB. */
const limit = 4 * 1024 * 1024;

/** Read at each call, since a CA is renewed; never throws. */
export async function readAuthorities({ file, hostRoot, patience }: AuthorityPlaces): Promise<Authorities> {
  const paths = file === undefined ? systemPlaces.map((place) => join(hostRoot, place)) : [file];
  for (const path of paths) {
    try {
      const { bytes } = await patience.run(dirname(path), async () => readRegularFile(path, { limit }), { path });
      const certificates = pemBlocks(bytes.toString("utf8")).filter(({ kind }) => kind === "CERTIFICATE");
      if (certificates.length > 0) return { pem: certificates.map(({ text }) => `${text}\n`).join("") };
      if (file !== undefined) return { reason: `no certificate stands in ${path}` };
    } catch (error) {
      if (file !== undefined) return { reason: `${path} cannot be read: ${reasonOf(error)}` };
      // the host has its bundle elsewhere, or none that can be read
    }
  }
  return { pem: `${rootCertificates.join("\n")}\n` };
}
