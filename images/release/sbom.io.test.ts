// Bills of materials by CycloneDX's own JSON schema: of each program as it is bundled, and of an image.
import assert from "node:assert/strict";
import { version as node } from "node:process";
import { before, describe, test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { version } from "#shared/version.ts";
import { partsOf } from "./collect.ts";
import { debianPart, type Part } from "./packages.ts";
import { sbom } from "./sbom.ts";

const { JsonStrictValidator } = Validation;
const programs = ["agent", "planner", "provider"] as const;

/** All that the schema does not take; null when it takes it. */
async function faultsOf(bill: string): Promise<unknown> {
  return new JsonStrictValidator(Spec.Version.v1dot6).validate(bill);
}

describe("a bill of materials", () => {
  const parts = new Map<string, readonly Part[]>();
  before(async () => {
    for (const program of programs)
      parts.set(
        program,
        (await partsOf(program)).map(({ part }) => part),
      );
  });
  const billOf = (program: string, kind: "application" | "container", more: readonly Part[] = []): string =>
    sbom({ name: program, version, kind, node: node.slice(1), parts: [...(parts.get(program) ?? []), ...more] });

  for (const program of programs)
    test(`of the ${program} is what the schema describes, and names each part`, async () => {
      const bill = billOf(program, "application");
      assert.equal(await faultsOf(bill), null);
      for (const { purl } of parts.get(program) ?? assert.fail()) assert.ok(bill.includes(`"purl": "${purl}"`), purl);
    });

  test("of an image, with packages of Debian whose licence is a text, is too", async () => {
    const record = "Package: libstdc++6\nVersion: 12.2.0-14+deb12u1\nArchitecture: amd64\n";
    assert.equal(await faultsOf(billOf("agent", "container", [debianPart(record)])), null);
  });

  test("that is not as the schema wants it is refused: a field that it does not know, a kind, a licence that is none of SPDX's", async () => {
    const bill = billOf("agent", "application");
    for (const [from, to] of [
      ['"components":', '"component":'],
      ['"type": "library"', '"type": "book"'],
      ['"id": "MIT"', '"id": "My own"'],
    ] as const) {
      assert.ok(bill.includes(from), from);
      assert.notEqual(await faultsOf(bill.replace(from, to)), null, to);
    }
  });
});
