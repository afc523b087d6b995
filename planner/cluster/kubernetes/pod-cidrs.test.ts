import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assignPodCidrs } from "./pod-cidrs.ts";

const network = { podCidr: "10.244.0.0/16", nodeMask: 24 };

test("new nodes get the lowest free parts, in the order of their names", () => {
  assert.deepEqual(assignPodCidrs({ ...network, hosts: ["h2", "h1"], known: {} }), {
    all: { h1: "10.244.0.0/24", h2: "10.244.1.0/24" },
    without: [],
  });
});

test("nobody's part moves when hosts come and go", () => {
  const host = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const steps = fc.array(fc.uniqueArray(host), { maxLength: 8 });
  const small = { podCidr: "10.244.0.0/21", nodeMask: 24 };

  fc.assert(
    fc.property(steps, (history) => {
      let known: Readonly<Record<string, string>> = {};
      for (const hosts of history) {
        const { all, without } = assignPodCidrs({ ...small, hosts, known });
        assert.deepEqual(without, []);
        assert.equal(new Set(Object.values(all)).size, Object.keys(all).length);
        for (const each of hosts) {
          assert.ok(all[each] !== undefined);
          if (known[each] !== undefined) assert.equal(all[each], known[each]);
        }
        known = all;
      }
    }),
  );
});

test("a host that left keeps its part until the network is full", () => {
  const known = { gone: "10.244.0.0/25" };
  const small = { podCidr: "10.244.0.0/24", nodeMask: 25 };

  assert.deepEqual(assignPodCidrs({ ...small, hosts: ["a"], known }).all, {
    a: "10.244.0.128/25",
    gone: "10.244.0.0/25",
  });
  assert.deepEqual(assignPodCidrs({ ...small, hosts: ["a", "b"], known }), {
    all: { a: "10.244.0.128/25", b: "10.244.0.0/25" },
    without: [],
  });
});

test("hosts for which nothing is left are named", () => {
  const small = { podCidr: "10.244.0.0/24", nodeMask: 24 };

  assert.deepEqual(assignPodCidrs({ ...small, hosts: ["b", "a"], known: {} }), {
    all: { a: "10.244.0.0/24" },
    without: ["b"],
  });
});

test("parts that are not of the network any more are given out anew", () => {
  const known = { a: "10.1.0.0/24", b: "10.244.0.0/25" };

  assert.deepEqual(assignPodCidrs({ ...network, hosts: ["a", "b"], known }).all, {
    a: "10.244.0.0/24",
    b: "10.244.1.0/24",
  });
});
