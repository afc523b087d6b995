import assert from "node:assert/strict";
import { test } from "node:test";
import { addressIn, containsAddress, containsCidr, formatCidr, overlaps, parseCidr, partOf } from "./cidr.ts";

test("addresses are counted from the network's first one", () => {
  assert.equal(addressIn(parseCidr("10.96.0.0/16"), 1n), "10.96.0.1");
  assert.equal(addressIn(parseCidr("10.96.0.0/16"), 300n), "10.96.1.44");
  assert.equal(addressIn(parseCidr("10.96.0.0/30"), 4n), undefined);
  assert.equal(addressIn(parseCidr("fd00:0:0:1::/112"), 10n), "fd00:0:0:1::a");
});

test("bits beyond the length are cut off", () => {
  assert.equal(formatCidr(parseCidr("10.244.17.3/16")), "10.244.0.0/16");
  assert.equal(formatCidr(parseCidr("FD00:0:0:0:0:0:0:1/64")), "fd00::/64");
  assert.equal(formatCidr(parseCidr("::ffff:10.0.0.0/104")), "::ffff:a00:0/104");
});

test("a network is cut into equal parts until it ends", () => {
  const cidr = parseCidr("10.244.0.0/16");
  const part = (network: typeof cidr, length: number, index: number) => {
    const found = partOf(network, length, index);
    return found === undefined ? undefined : formatCidr(found);
  };

  assert.equal(part(cidr, 24, 0), "10.244.0.0/24");
  assert.equal(part(cidr, 24, 255), "10.244.255.0/24");
  assert.equal(part(cidr, 24, 256), undefined);
  assert.equal(part(cidr, 8, 0), undefined);
  assert.equal(part(cidr, 64, 0), undefined);
  assert.equal(part(parseCidr("fd00:1::/48"), 64, 65_535), "fd00:1:0:ffff::/64");
});

test("networks overlap when one holds the other", () => {
  const pairs = [
    ["10.0.0.0/8", "10.96.0.0/16", true],
    ["10.96.0.0/16", "10.0.0.0/8", true],
    ["10.96.0.0/16", "10.97.0.0/16", false],
    ["::/0", "10.96.0.0/16", false],
  ] as const;

  for (const [a, b, expected] of pairs) assert.equal(overlaps(parseCidr(a), parseCidr(b)), expected, `${a} ${b}`);
  assert.equal(containsCidr(parseCidr("10.0.0.0/8"), parseCidr("10.96.0.0/16")), true);
  assert.equal(containsCidr(parseCidr("10.96.0.0/16"), parseCidr("10.0.0.0/8")), false);
});

test("an address is in a network of its own family only", () => {
  assert.equal(containsAddress(parseCidr("10.96.0.0/16"), "10.96.255.255"), true);
  assert.equal(containsAddress(parseCidr("10.96.0.0/16"), "10.97.0.0"), false);
  assert.equal(containsAddress(parseCidr("::/0"), "10.96.0.1"), false);
  assert.equal(containsAddress(parseCidr("fd00::/64"), "FD00::5"), true);
});
