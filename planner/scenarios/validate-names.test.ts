// Names that every JavaScript object answers to: refused as keys wherever people choose keys, and never found by a look-up.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const head = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 } }
`;
const cluster = `${head}kubernetes: { version: 1.36.3 }
etcd: { hosts: h1 }
controlPlane: { hosts: h1 CONTROL }
kubelets: { all: { hosts: all KUBELET } }
`;

async function said(config: string): Promise<string> {
  const { code, stderr } = await fakeMachine(config).run("validate");
  return `${code} ${stderr}`;
}

function withPart(word: string, part: string): string {
  return cluster.replace(word, part).replaceAll(/ (CONTROL|KUBELET)(?= )/g, "");
}

function container(fields: string): string {
  return `${head}containers: {cc: { hosts: all, image: "busybox:1", ${fields} } }\n`;
}

describe("words of JavaScript", () => {
  const maps = ["containers", "hostGroups", "secrets", "manifests", "kubelets", "apiLoadBalancers", "helmReleases"];
  for (const map of maps)
    test(`__proto__ and constructor are refused as names in ${map}, and not dropped`, async () => {
      const text = withPart("", "");
      for (const name of ["__proto__", "constructor"]) {
        const entry =
          map === "kubelets"
            ? text.replace("all: {", `${name}: { hosts: h1 }, all: {`)
            : `${text}${map}: { ${name}: {} }\n`;

        assert.match(await said(entry), new RegExp(`^65 (.*\\n)*.*${name}.* cannot be a name`));
      }
    });

  test("deep in a document and in environment, arguments, labels and options too", async () => {
    const places = [
      container("env: { __proto__: x }"),
      container("log: { options: { __proto__: x } }"),
      withPart("KUBELET", ", labels: { __proto__: x }"),
      withPart("KUBELET", ", args: { __proto__: x }"),
      withPart("CONTROL", ", audit: { policy: { rules: [{ level: Metadata, __proto__: {} }] } }"),
    ];

    for (const place of places) assert.match(await said(place), /^65 (.*\n)*.*__proto__ cannot be a name/);
  });

  test("a host or a group that is called so is unknown, and never an object's own", async () => {
    assert.match(
      await said(container("").replace("hosts: all", "hosts: constructor")),
      /^65 .*unknown host or host group constructor/,
    );
  });
});
