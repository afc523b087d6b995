import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { formatProblem } from "./format-problem.ts";
import { parseDocument } from "./parse-document.ts";

const Port = z.int().min(1).max(10);
const Part = z.strictObject({
  type: z.literal("part").optional(),
  image: z.string(),
  replicas: z.int().default(1),
  kind: z.enum(["red", "green"]).optional(),
});
const Simple = z.strictObject({
  name: z.string().regex(/^[a-z]+$/, "lower-case letters"),
  port: Port.optional(),
  isOn: z.boolean().optional(),
  list: z.array(z.string()).optional(),
  parts: z.record(z.string().regex(/^[a-z]+$/, "lower-case letters"), Part).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
  either: z
    .union([z.string().regex(/^a/, "text with a first"), z.string().regex(/^b/, "text with b first")])
    .optional(),
});

function problemsOf(text: string): readonly string[] {
  const parsed = parseDocument(text, Simple, { file: "f.yaml" });
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["an unknown key", "name: a\nprot: 1\n", ["f.yaml:2:1: prot: unknown key (did you mean port?)"]],
  [
    "an unknown key in a nested map",
    "name: a\nparts:\n  x:\n    image: i\n    replica: 2\n",
    ["f.yaml:5:5: parts.x.replica: unknown key (did you mean replicas?)"],
  ],
  [
    "a key that resembles nothing",
    "name: a\nparts: { x: { image: i, zzzzzz: 2 } }\n",
    ["f.yaml:2:25: parts.x.zzzzzz: unknown key (known here: image, kind, replicas, type)"],
  ],
  [
    "a number where text is wanted",
    "name: 1.40\n",
    ["f.yaml:1:7: name: expected text, found a number (write it in quotes)"],
  ],
  [
    "text where a number is wanted",
    'name: a\nport: "1"\n',
    ['f.yaml:2:7: port: expected a number, found the text "1" (remove the quotes)'],
  ],
  [
    "text where true or false is wanted",
    "name: a\nisOn: yes\n",
    ["f.yaml:2:7: isOn: expected true or false, found text"],
  ],
  ["a map where a list is wanted", "name: a\nlist: { a: 1 }\n", ["f.yaml:2:1: list: expected a list, found a map"]],
  [
    "a key without a value",
    "name: a\nparts:\n",
    ["f.yaml:2:1: parts: expected a map, found nothing (give it a value or remove the key)"],
  ],
  ["a missing key", "port: 1\n", ["f.yaml:1:1: name: required, but missing"]],
  [
    "a missing key in a map",
    "name: a\nparts:\n  x: { replicas: 1 }\n",
    ["f.yaml:3:3: parts.x.image: required, but missing"],
  ],
  ["a value out of range", "name: a\nport: 11\n", ["f.yaml:2:7: port: too big: must be <=10, found 11"]],
  ["text of another form", "name: A1\n", ['f.yaml:1:7: name: "A1" is not valid here (expected lower-case letters)']],
  [
    "another word than the only one",
    "name: a\nparts: { x: { image: i, type: parts } }\n",
    ['f.yaml:2:31: parts.x.type: must be part, found "parts"'],
  ],
  [
    "a word that is not in the list",
    "name: a\nparts: { x: { image: i, kind: gren } }\n",
    ['f.yaml:2:31: parts.x.kind: "gren" is not one of red, green (did you mean green?)'],
  ],
  [
    "a key of another form",
    "name: a\nparts: { X: { image: i } }\n",
    ['f.yaml:2:10: parts.X: "X" cannot be a key here (lower-case letters)'],
  ],
  [
    "no branch of a union",
    "name: a\neither: c\n",
    ['f.yaml:2:9: either: "c" is not valid here (expected text with a first, or text with b first)'],
  ],
  [
    "an item of a list",
    "name: a\nlist:\n  - a\n  - 2\n",
    ["f.yaml:4:5: list[1]: expected text, found a number (write it in quotes)"],
  ],
  [
    "the same key twice",
    "name: a\nparts:\n  x: { image: i }\n\n  x: { image: j }\n",
    ["f.yaml:5:3: parts.x: the same key as in line 3 (remove or rename one of the two)"],
  ],
  [
    "broken YAML",
    "name: [a\nport: 1\n",
    ["f.yaml:1:7: not valid YAML: a [ that is not closed (add the ]; lines in between are indented)"],
  ],
  [
    "two documents",
    "name: a\n---\nname: b\n",
    ["f.yaml:2:1: more than one YAML document (keep one document in a file)"],
  ],
  ["a tab as indentation", "name: a\nparts:\n\tx: 1\n", ["f.yaml:3:1: a tab in the indentation (indent with spaces)"]],
  [
    "YAML 1.1",
    "%YAML 1.1\n---\nname: a\n",
    ["f.yaml:1:1: the document asks for YAML 1.1 (YAML 1.2 is read; remove the %YAML line)"],
  ],
  [
    "a merge key",
    "name: a\nparts:\n  x: &x { image: i }\n  y: { <<: *x, image: j }\n",
    ['f.yaml:4:8: parts.y["<<"]: unknown key (known here: image, kind, replicas, type)'],
  ],
  ["a key that is no text", "name: a\n? [b]\n: c\n", ["f.yaml:2:3: a key that is not text"]],
  [
    "an alias to nowhere",
    "name: *nobody\n",
    [
      "f.yaml:1:7: an alias that leads nowhere (put it in quotes if it is text; else write the value out, or set the anchor & of this name before it)",
    ],
  ],
  [
    "an alias before its anchor",
    "name: a\nlist:\n  - *b\nparts: &b {}\n",
    [
      "f.yaml:3:5: an alias that leads nowhere (put it in quotes if it is text; else write the value out, or set the anchor & of this name before it)",
    ],
  ],
  [
    "an alias that is used too often",
    `name: &a a\nlist:\n${"  - *a\n".repeat(101)}`,
    ["f.yaml:103:5: too many aliases: what one stands for may be there 100 times (write the values out)"],
  ],
  ["an empty document", "", ["f.yaml: expected a map, found nothing (give it a value or remove the key)"]],
  ["a document that is text", "hello\n", ["f.yaml:1:1: expected a map, found text"]],
];

for (const [what, text, expected] of cases)
  test(`${what} is told with its place, path and what to do`, () => {
    assert.deepEqual(problemsOf(text), expected);
  });

test("all problems are told at once, in the order of the text", () => {
  const text = "nam: a\nport: 99\nparts:\n  x: { image: 1, image: 2, what: 3 }\n  x: {}\nname: B\n";

  assert.deepEqual(problemsOf(text), [
    "f.yaml:1:1: nam: unknown key (did you mean name?)",
    "f.yaml:2:7: port: too big: must be <=10, found 99",
    "f.yaml:4:15: parts.x.image: expected text, found a number (write it in quotes)",
    "f.yaml:4:18: parts.x.image: the same key as in line 4 (remove or rename one of the two)",
    "f.yaml:4:28: parts.x.what: unknown key (known here: image, kind, replicas, type)",
    "f.yaml:5:3: parts.x: the same key as in line 4 (remove or rename one of the two)",
    'f.yaml:6:7: name: "B" is not valid here (expected lower-case letters)',
  ]);
});

test("values below secrets are never shown", () => {
  const text = "name: a\nsecrets:\n  x: 123456\n  y: [hunter2]\n";

  const problems = problemsOf(text).join("\n");

  assert.match(problems, /secrets.x: expected text, found a number/);
  assert.doesNotMatch(problems, /123456|hunter2/);
});

test("a fault of YAML tells where it is and quotes nothing of the document", () => {
  const texts = [
    " name: a\nsecrets:\n  x: hunter22\n",
    "secrets:\n  x: |hunter22\n",
    "secrets:\n  x: !hunter22\n",
    "secrets:\n  x: *hunter22\n",
    'secrets:\n  x: "\\hunter22"\n',
    "secrets:\n  x: [a hunter22: { b ]\n",
    "secrets: { x: @hunter22, y: `hunter22 }\n",
  ];

  for (const text of texts) {
    const problems = problemsOf(text).join("\n");
    assert.match(problems, /^f\.yaml:\d+:\d+: /);
    assert.doesNotMatch(problems, /unter22/);
  }
});

test("a document of more than 8 MiB is refused before it is parsed", () => {
  assert.deepEqual(problemsOf(`name: ${"a".repeat(8 * 1024 * 1024)}`), ["f.yaml: the document is larger than 8 MiB"]);
});

test("a deeply nested document is a problem and not a crash", () => {
  const levels = Array.from({ length: 300 }, (_, level) => `${" ".repeat(level)}a:\n`).join("");

  assert.deepEqual(problemsOf(`name: a\n${levels}`), [
    "f.yaml:202:201: the document is nested too deeply (200 levels are the most)",
  ]);
  for (const text of ["[".repeat(50_000), "[".repeat(50_000) + "]".repeat(50_000), "- ".repeat(50_000)])
    assert.match(
      problemsOf(`name: a\nlist:\n ${text}`).join("\n"),
      /^f\.yaml:3:\d+: the document is nested too deeply$/,
    );
});

test("aliases that multiply are refused", () => {
  const levels = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefg".split("").map((key, index) => `${key}: &${key} [${`*${"abcdef"[index]},`.repeat(9)}]`),
  ];

  assert.deepEqual(problemsOf(`${levels.join("\n")}\n`), [
    "f.yaml:7:32: too many aliases: what one stands for may be there 100 times (write the values out)",
  ]);
});

test("a number is told as it was written", () => {
  for (const [written, told] of [
    [".nan", "expected a finite number, found .nan"],
    [".inf", "expected a finite number, found .inf"],
    ["-.INF", "expected a finite number, found -.INF"],
    ["1e400", "expected a finite number, found 1e400"],
    ["-0", "too small: must be >=1, found -0"],
    ["0x10", "too big: must be <=10, found 0x10"],
    ["0o17", "too big: must be <=10, found 0o17"],
    ["1e3", "too big: must be <=10, found 1e3"],
    ["99999999999999999999", "too big: must be <=10, found 99999999999999999999"],
    ["1.50", "expected a whole number, found 1.50"],
    ["1_0", 'expected a number, found the text "1_0" (write its digits without anything between them)'],
    ["'0x1'", 'expected a number, found the text "0x1" (remove the quotes)'],
    ["many", 'expected a number, found the text "many"'],
    ["true", "expected a number, found true or false"],
  ] as const)
    for (const [text, place] of [
      [`name: a\nport: ${written}\n`, "f.yaml:2:7"],
      [`name: a\nport: ${written} # comment\n`, "f.yaml:2:7"],
      [`{ port: ${written}, name: a }\n`, "f.yaml:1:9"],
    ] as const)
      assert.deepEqual(problemsOf(text), [`${place}: port: ${told}`]);
  assert.deepEqual(problemsOf("name: .inf\n"), ["f.yaml:1:7: name: expected text, found .inf (write it in quotes)"]);
});

test("what is right comes with its defaults", () => {
  const parsed = parseDocument("name: a\nparts: { x: { image: i } }\n", Simple, { file: "-" });

  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value, { name: "a", parts: { x: { image: "i", replicas: 1 } }, secrets: {} });
});
