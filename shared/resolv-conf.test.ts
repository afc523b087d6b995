import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopbackOnly, nameServers } from "./resolv-conf.ts";

test("name servers are read as the resolver reads them", () => {
  const text =
    "# nameserver 9.9.9.9\nnameserver 10.0.0.1\nnameserver\t10.0.0.2 # mine\noptions edns0\n nameserver 10.0.0.3\n";

  assert.deepEqual(nameServers(text), ["10.0.0.1", "10.0.0.2"]);
});

const cases = [
  ["nameserver 127.0.0.53\noptions edns0 trust-ad\n", true],
  ["nameserver 127.0.0.1\nnameserver ::1\n", true],
  ["nameserver 0:0:0:0:0:0:0:1\n", true],
  ["nameserver ::ffff:127.0.0.53\n", true],
  ["nameserver 127.0.0.1\nnameserver 10.0.0.1\n", false],
  ["nameserver fe80::1%eth0\n", false],
  ["nameserver 2001:db8::1\n", false],
  ["search example.org\n", false],
  ["", false],
] as const;

for (const [text, expected] of cases)
  test(`${JSON.stringify(text)} names ${expected ? "only" : "not only"} servers that no pod reaches`, () => {
    assert.equal(isLoopbackOnly(text), expected);
  });
