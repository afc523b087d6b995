// Networks as the kernel spells them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressText, networkText } from "./network-text.ts";

for (const [written, spelt] of [
  ["10.244.1.0/24", "10.244.1.0/24"],
  ["10.244.1.77/24", "10.244.1.0/24"],
  ["255.255.255.255/32", "255.255.255.255/32"],
  ["10.1.2.3/0", "0.0.0.0/0"],
  ["FD00:0244:0:0:0:0:0:1/64", "fd00:244::/64"],
  ["fd00:244:0:0:4::/80", "fd00:244:0:0:4::/80"],
  ["::/0", "::/0"],
  ["::ffff:10.0.0.1/128", "::ffff:a00:1/128"],
] as const)
  test(`the network ${written} is ${spelt}`, () => {
    assert.equal(networkText(written), spelt);
  });

test("an address of IPv6 has one spelling", () => {
  assert.equal(addressText("FD00:77:0:0:0:0:0:11"), "fd00:77::11");
  assert.equal(addressText("10.0.0.1"), "10.0.0.1");
});
