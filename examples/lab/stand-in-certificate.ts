// A certificate for the stand-ins that answer where API servers would; its own CA, made by openssl.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./run-command.ts";

/** Writes ca.crt and server.pem (certificate and key) into the directory. */
export async function makeStandInCertificate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const [certificate, key] = [join(directory, "ca.crt"), join(directory, "server.key")];
  const kind = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "30",
    "-subj",
    "/CN=stand-in",
  ];
  await runCommand(["openssl", "req", "-x509", ...kind, "-keyout", key, "-out", certificate]);
  await writeFile(
    join(directory, "server.pem"),
    `${await readFile(certificate, "utf8")}${await readFile(key, "utf8")}`,
    { mode: 0o600 },
  );
}
