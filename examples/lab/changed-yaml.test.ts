// Changes of a YAML text by paths.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedYaml } from "./changed-yaml.ts";

test("values are put, made and taken away by their paths, and comments stay", () => {
  const text = "# kept\na: { b: 1 }\nlist: [x, y]\ngone: 1\n";

  const changed = changedYaml(text, { "a.b": 2, "new.deep": [3], "list.1": "z", gone: undefined });

  assert.equal(changed, "# kept\na: { b: 2 }\nlist: [ x, z ]\nnew:\n  deep:\n    - 3\n");
});
