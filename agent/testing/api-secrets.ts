// Secrets of a host config by which a component reaches the Kubernetes API: a CA, and certificates with their keys.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "./test-pki.ts";

/** `kubernetes/ca.crt`, and `kubernetes/<name>.crt` and `.key` for each name. */
export function apiSecrets(...names: readonly string[]): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), "flexkube-test-"));
  try {
    const { ca, certificate, key } = makeCertificate(directory);
    const pairs = names.flatMap((name) => [
      [`kubernetes/${name}.crt`, certificate] as const,
      [`kubernetes/${name}.key`, key] as const,
    ]);
    return Object.fromEntries([["kubernetes/ca.crt", ca] as const, ...pairs]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
