// The bytes of DER values, against X.690 and RFC 5280.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes, plainAddress } from "./address-bytes.ts";
import { der, derElements, derInteger, derOid, derTag, derTime } from "./der.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test("lengths take the shortest form", () => {
  const head = (size: number): string => hex(der(derTag.octetString, Buffer.alloc(size)).subarray(0, 5));

  assert.equal(head(1), "040100");
  assert.equal(head(127), "047f000000");
  assert.equal(head(128), "0481800000");
  assert.equal(head(255), "0481ff0000");
  assert.equal(head(256), "0482010000");
  assert.equal(head(65_536), "0483010000");
});

test("integers are positive and have no needless zeros", () => {
  assert.equal(hex(derInteger(Uint8Array.of(0, 0, 0x7f))), "02017f");
  assert.equal(hex(derInteger(Uint8Array.of(0, 0x80))), "02020080");
  assert.equal(hex(derInteger(Uint8Array.of(0))), "020100");
});

test("object identifiers are written in base 128", () => {
  assert.equal(hex(derOid("1.2.840.113549.1.1.11")), "06092a864886f70d01010b");
  assert.equal(hex(derOid("2.5.29.17")), "0603551d11");
});

test("times are UTCTime until 2049 and GeneralizedTime from 2050", () => {
  assert.equal(derTime(Date.parse("2049-12-31T23:59:59.999Z")).subarray(2).toString(), "491231235959Z");
  assert.equal(derTime(Date.parse("2050-01-01T00:00:00Z")).subarray(2).toString(), "20500101000000Z");
});

test("elements come back as they were written", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 })), (contents) => {
      const row = Buffer.concat(contents.map((content) => der(derTag.octetString, content)));

      assert.deepEqual(
        derElements(row).map(({ content }) => hex(content)),
        contents.map(hex),
      );
    }),
  );
});

test("addresses of both families become their bytes", () => {
  assert.equal(hex(addressBytes("10.0.200.1")), "0a00c801");
  assert.equal(hex(addressBytes("2001:db8::1:0:ab")), "20010db80000000000000001000000ab");
  assert.equal(hex(addressBytes("::")), "00".repeat(16));
  assert.equal(hex(addressBytes("::ffff:1.2.3.4")), "00000000000000000000ffff01020304");
  assert.throws(() => addressBytes("fe80::1%eth0"), { code: "INTERNAL_BUG" });
});

test("an address keeps its bytes when it is written in full", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      assert.deepEqual(addressBytes(plainAddress(address)), addressBytes(address));
    }),
  );
});
