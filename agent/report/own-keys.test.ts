// Which of a host's keys are used, and what is said of those that are not.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ownKeysOf } from "./own-keys.ts";

const path = "/var/lib/flexkube/identity.key";
const key = "AGE-SECRET-KEY-1ABC";

test("the keys of a file that is its owner's alone are used, the newest first", () => {
  const text = `# made by hand\n${key}\r\nAGE-SECRET-KEY-1DEF\n`;

  assert.deepEqual(ownKeysOf({ path, text, mode: 0o100600 }), { keys: [key, "AGE-SECRET-KEY-1DEF"] });
});

test("a file that anybody else may read or write is not, and it is said what to type; no key is shown", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o777 }), (mode) => {
      const { fault } = ownKeysOf({ path, text: `${key}\n`, mode: 0o100000 | mode });

      assert.equal(fault === undefined, (mode & 0o077) === 0);
      if (fault === undefined) return;
      assert.ok(fault.reason.includes(`(mode ${mode.toString(8).padStart(4, "0")})`), fault.reason);
      assert.match(fault.hint, /^chmod 0600 \/var\/lib\/flexkube\/identity\.key; .*flexkube-agent identity --new/);
      assert.equal(JSON.stringify(fault).includes(key), false);
    }),
  );
});

test("a file without a key, and one that cannot be read, say how to put it back", () => {
  for (const file of [
    { path, text: "\n", mode: 0o600 },
    { path, unreadable: "it is a directory" },
  ]) {
    const { keys, fault } = ownKeysOf(file);

    assert.deepEqual(keys, []);
    assert.match(`${fault?.reason}; ${fault?.hint}`, /identity\.key.*put it back.*flexkube-agent identity --new/);
  }
});
