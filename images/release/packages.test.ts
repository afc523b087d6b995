// Which parts a release names.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { debianPart, licenceFiles, npmPart, packageFolders } from "./packages.ts";

describe("parts of a release", () => {
  test("are the npm packages that files of the bundle lie in, nested and scoped ones too", () => {
    const files = [
      "agent/main.ts",
      "node_modules/zod/v4/core.js",
      "node_modules/zod/index.js",
      "node_modules/@noble/hashes/sha2.js",
      "node_modules/a/node_modules/@b/c/index.js",
      "package.json",
    ];
    assert.deepEqual(packageFolders(files), [
      "node_modules/@noble/hashes",
      "node_modules/a/node_modules/@b/c",
      "node_modules/zod",
    ]);
  });

  test("have a name, a version, a licence and a package URL", () => {
    assert.deepEqual(npmPart({ name: "@noble/hashes", version: "2.0.0", license: "MIT" }), {
      name: "@noble/hashes",
      version: "2.0.0",
      licence: "MIT",
      purl: "pkg:npm/%40noble/hashes@2.0.0",
    });
    assert.throws(() => npmPart({ name: "x", version: "1.0.0" }), /without name, version or licence/);
  });

  test("are Debian's packages, whose licence is a text", () => {
    const record = "Package: libstdc++6\nSource: gcc-12\nVersion: 12.2.0-14+deb12u1\nArchitecture: amd64\n";
    assert.deepEqual(debianPart(record), {
      name: "libstdc++6",
      version: "12.2.0-14+deb12u1",
      licence: undefined,
      purl: "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
    });
    assert.throws(() => debianPart("Package: x\n"), /without Version/);
  });

  test("have licences in files of several names", () => {
    const names = [
      "LICENSE",
      "LICENCE.txt",
      "LICENSE-MIT.txt",
      "README.md",
      "NOTICE",
      "index.js",
      "licenses.js.map",
      "COPYING",
    ];
    assert.deepEqual(licenceFiles(names), ["COPYING", "LICENCE.txt", "LICENSE", "LICENSE-MIT.txt", "NOTICE"]);
  });
});
