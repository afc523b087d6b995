// One mistake in YAML is one line, at the place where a person has to look, in words that say what to type.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const clusterConfig = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.77.0.11 }
  h2: { address: 10.77.0.12 }
containers:
  web:
    hosts: all
    image: nginx:1.29
    restart: always
    user: "0"
    args: [-g, daemon off;]
    ports:
      - { hostPort: 80, containerPort: 80 }
      - { hostPort: 443, containerPort: 443 }
`;

const mistakes: readonly (readonly [what: string, right: string, wrong: string, text: string])[] = [
  [
    "one column too little",
    "    image:",
    "   image:",
    "cluster.yaml:10:4: not valid YAML: this key begins in another column than the keys beside it (indent it as they are)",
  ],
  [
    "one column too much",
    "    image:",
    "     image:",
    "cluster.yaml:10:6: not valid YAML: this line is indented more than the one before it, whose value is there already (indent it as the keys beside it are)",
  ],
  [
    "a whole block one column too little",
    "    hosts: all\n    image",
    "   hosts: all\n    image",
    "cluster.yaml:10:5: not valid YAML: this line is indented more than the one before it, whose value is there already (indent it as the keys beside it are)",
  ],
  [
    "a list's item out of line",
    "      - { hostPort: 443",
    "     - { hostPort: 443",
    "cluster.yaml:16:6: not valid YAML: this - is in another column than those beside it (indent it as they are)",
  ],
  [
    "a bracket that is not closed",
    "daemon off;]",
    "daemon off;",
    "cluster.yaml:13:11: not valid YAML: a [ that is not closed (add the ]; lines in between are indented)",
  ],
  [
    "a brace that is not closed",
    "h1: { address: 10.77.0.11 }",
    "h1: { address: 10.77.0.11",
    "cluster.yaml:5:7: not valid YAML: a { that is not closed (add the }; lines in between are indented)",
  ],
  [
    "a quote that is not closed",
    'user: "0"',
    'user: "0',
    'cluster.yaml:12:11: not valid YAML: a " that is not closed (add the closing ")',
  ],
  [
    "a colon without a blank",
    "restart: always",
    "restart:always",
    "cluster.yaml:11:5: not valid YAML: a key without a colon behind it (write key: value, with a blank behind the colon)",
  ],
  [
    "a colon in a text",
    "image: nginx:1.29",
    "image: nginx: 1.29",
    "cluster.yaml:10:12: not valid YAML: a second key in one line (put the value in quotes if the colon belongs to it)",
  ],
  ["a tab", "    restart", "\trestart", "cluster.yaml:11:1: a tab in the indentation (indent with spaces)"],
  [
    "a comma that is missing",
    "hostPort: 80, ",
    "hostPort: 80 ",
    "cluster.yaml:15:21: not valid YAML: a comma is missing between brackets, or quotes around a text with a colon (all between brackets is parted by commas)",
  ],
  [
    "text that begins with a sign",
    "restart: always",
    "restart: @always",
    "cluster.yaml:11:14: not valid YAML: text that begins with a sign of YAML's own (put it in quotes)",
  ],
  [
    "a backslash in double quotes",
    'user: "0"',
    'user: "\\d"',
    "cluster.yaml:12:12: not valid YAML: a \\ that means nothing (in double quotes a \\ is written as two; or use single quotes)",
  ],
];

for (const [what, right, wrong, text] of mistakes)
  test(`flexkube-planner validate, with ${what}`, async () => {
    assert.ok(clusterConfig.includes(right), right);
    const { code, stderr } = await fakeMachine(clusterConfig.replace(right, wrong)).run("validate");
    assert.deepEqual({ code, text: stderr }, { code: 65, text: `${text}\n` });
  });
