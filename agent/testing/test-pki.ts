// Certificates for tests of TLS on loopback, made by openssl.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

export type TestCertificate = {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** The same as files, for programs that want files. */
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
};

export type CertificateOptions = {
  /** Default `IP:127.0.0.1`. */
  readonly subjectAltName?: string | undefined;
  /** Days that it is valid from now on; a negative number makes one that has ended. */
  readonly days?: number | undefined;
};

/** A CA of its own and one certificate for 127.0.0.1, as client and server, in `directory`. */
export function makeCertificate(
  directory: string,
  name = "test",
  { subjectAltName = "IP:127.0.0.1", days = 1 }: CertificateOptions = {},
): TestCertificate {
  const at = (file: string): string => `${directory}/${name}-${file}`;
  const openssl = (...args: readonly string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const caFiles = ["-keyout", at("ca.key"), "-out", at("ca.crt")];
  openssl("req", "-x509", ...newKey, ...caFiles, "-subj", `/CN=${name} CA`, "-days", "1");
  openssl("req", ...newKey, "-keyout", at("leaf.key"), "-out", at("leaf.csr"), "-subj", `/CN=${name}`);
  writeFileSync(at("ext"), `subjectAltName=${subjectAltName}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  const issuer = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial"];
  openssl(
    "x509",
    "-req",
    "-in",
    at("leaf.csr"),
    ...issuer,
    "-out",
    at("leaf.crt"),
    "-days",
    String(days),
    "-extfile",
    at("ext"),
  );
  const [caFile, certificateFile, keyFile] = [at("ca.crt"), at("leaf.crt"), at("leaf.key")];
  const text = (file: string): string => readFileSync(file, "utf8");
  const pem = { ca: text(caFile), certificate: text(certificateFile), key: text(keyFile) };
  return { ...pem, caFile, certificateFile, keyFile };
}
