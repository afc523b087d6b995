// The table of nodes: what it says comes back, and a bad one is refused with its place.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { podNetwork } from "#shared/expand/testing/kubernetes-builder.ts";
import { formatProblem } from "#shared/document/format-problem.ts";
import { PodNetwork } from "#shared/schema/kubernetes/network.ts";
import { parseDocument } from "#shared/document/parse-document.ts";
import { linesOf, nodesIn, nodeTable } from "./node-table.ts";

const nodes = [
  { host: "h1", address: "10.77.0.11", podCidr: "10.244.1.0/24" },
  { host: "h2", address: "fd00::12", podCidr: "fd00:244:0:0:2::/80" },
];

test("a table has a line a node and gives the nodes back in their order", () => {
  const table = nodeTable(nodes);

  assert.equal(table, "h1 10.77.0.11 10.244.1.0/24\nh2 fd00::12 fd00:244:0:0:2::/80\n");
  assert.deepEqual(nodesIn(table), nodes);
  assert.deepEqual(nodesIn(table.trimEnd()), nodes);
  assert.deepEqual(linesOf(nodeTable([])), []);
});

function problemsOf(table: string): readonly string[] {
  const text = `${JSON.stringify({ ...podNetwork(), nodes: table }, undefined, 1)}\n`;
  const parsed = parseDocument(text, PodNetwork, { file: "h1.yaml" });
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

const good = nodeTable(nodes);
const tenThousand = nodeTable(
  Array.from({ length: 10_000 }, (_, index) => ({
    host: `h${index}`,
    address: `10.${index >> 8}.${index & 255}.1`,
    podCidr: `10.${index >> 8}.${index & 255}.0/24`,
  })),
);

describe("a table in a host config", () => {
  for (const [what, table] of [
    ["of no nodes", ""],
    ["of two", good],
    ["of ten thousand", tenThousand],
  ] as const)
    test(`${what} is taken`, () => {
      assert.deepEqual(problemsOf(table), []);
    });

  const form = "is not a host, its address and the network of its pods, with one blank between";
  for (const [what, table, line, problem] of [
    ["two blanks", good.replace(" ", "  "), 1, form],
    ["a tab", good.replace(" ", "\t"), 1, form],
    ["a field less", `${good}h3 10.0.0.3\n`, 3, form],
    ["a field more", `${good}h3 10.0.0.3 10.244.3.0/24 x\n`, 3, form],
    ["an empty line", `${good}\n${good}`, 3, form],
    ["the line ends of another system", good.replaceAll("\n", "\r\n"), 1, form],
    ["a name that is none", `${good}H_3 10.0.0.3 10.244.3.0/24\n`, 3, form],
    ["an address that is none", `${good}h3 10.0.0.300 10.244.3.0/24\n`, 3, form],
    ["a network that is none", `${good}h3 10.0.0.3 10.244.3.0/99\n`, 3, form],
    ["a host twice", `${good}h1 10.0.0.3 10.244.3.0/24\n`, 3, "is a second one for h1"],
    ["its last line of ten thousand bad", `${tenThousand}x\n`, 10_001, form],
    ["all lines bad: the first is told", "x\n".repeat(10_000), 1, form],
  ] as const)
    test(`with ${what} is refused, with the line of the table and the place of the field`, () => {
      const problems = problemsOf(table);

      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /^h1\.yaml:\d+:\d+: nodes: /);
      assert.ok(problems[0]?.endsWith(`nodes: line ${line} ${problem}`), problems[0]);
    });

  test("of more than 4 MiB is refused", () => {
    const problems = problemsOf("x".repeat(4_194_305));

    assert.match(problems.join("\n"), /nodes: .*4194304/);
  });
});
