// kube-controller-manager: what it gets of a CA file that holds several certificates.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reveal } from "#shared/secret.ts";
import { expandedContainer } from "#shared/expand/testing/expanded-container.ts";
import { kubeControllerManager } from "#shared/expand/testing/kubernetes-builder.ts";
import { testCa, testServerCertificate } from "#shared/expand/testing/test-certificates.ts";

/** The texts of its files made of this CA file, by name. */
function filesWith(ca: string): Readonly<Record<string, string>> {
  const { sealed, live } = expandedContainer("kube-controller-manager", {
    sections: { kubeControllerManager: kubeControllerManager() },
    secrets: { "kubernetes/ca.crt": ca },
  });
  const files = [...(sealed?.files ?? []), ...live];
  return Object.fromEntries(files.map(({ path, content }) => [path.slice(path.lastIndexOf("/") + 1), reveal(content)]));
}

const bundles: readonly (readonly [what: string, ca: string, signing: string])[] = [
  ["one certificate, byte for byte", testCa, testCa],
  ["one certificate with text around it", `our CA\n${testCa}\n`, `our CA\n${testCa}\n`],
  ["the first of two", `${testCa}${testServerCertificate}`, testCa],
  ["the first of two behind a text", `our CA\n${testCa}\nthe next one\n${testServerCertificate}`, testCa],
];

for (const [what, ca, signing] of bundles)
  test(`it signs with ${what}, and trusts all that the file holds`, () => {
    const files = filesWith(ca);

    assert.equal(files["signing-ca.crt"], signing);
    for (const name of ["client-ca.crt", "root-ca.crt", "api-ca.crt"]) assert.equal(files[name], ca, name);
  });
