// Addresses as bytes, and as a parsed certificate shows them.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes, plainAddress } from "./address-bytes.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

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
