import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { outputOf, printerAs, yamlOf } from "./output.ts";

function read(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text);
  assert.ok(Array.isArray(documents));
  return documents.map((each) => each.toJS() as unknown);
}

test("YAML says what the JSON says, indented, on one line, or an object a line", () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), (all) => {
      const plain = JSON.parse(JSON.stringify(all)) as readonly unknown[];
      assert.deepEqual(read(yamlOf(all.map((each) => `${JSON.stringify(each)}\n`).join(""))), plain);
      assert.deepEqual(read(yamlOf(`${JSON.stringify(all[0], undefined, 2)}\n`)), [plain[0]]);
    }),
  );
});

test("what is asked for is one form, said once", () => {
  assert.deepEqual(outputOf(undefined, false), { output: undefined });
  assert.deepEqual(outputOf(undefined, true), { output: "json" });
  assert.deepEqual(outputOf("json", true), { output: "json" });
  assert.deepEqual(outputOf("yaml", false), { output: "yaml" });
  assert.deepEqual(outputOf("yml", false), { reason: "unknown form (did you mean yaml?)" });
  assert.deepEqual(outputOf("yaml", true), { reason: "--json says another form" });
});

test("YAML is printed at the end, anything else at once", () => {
  for (const [output, before, after] of [
    ["yaml", [], ["a: 1\n"]],
    ["json", ['{"a":', "1}\n"], ['{"a":', "1}\n"]],
    [undefined, ['{"a":', "1}\n"], ['{"a":', "1}\n"]],
  ] as const) {
    const printed: string[] = [];
    const { print, end } = printerAs(output, (text) => void printed.push(text));
    print('{"a":');
    print("1}\n");
    assert.deepEqual(printed, before);
    end();
    assert.deepEqual(printed, after);
  }
  printerAs("yaml", () => assert.fail("nothing was printed")).end();
});
