// The top README's demo with Kubernetes: it ends with Ready nodes and a served page, also when it is up already, and goes without a trace.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const demo = [`${project}node_modules/.bin/node`, `${project}examples/lab/demo.ts`];

test(
  "the demo with Kubernetes shows Ready nodes and a page that a pod serves, and what it says to type works",
  { skip: skipWithoutRelease(), timeout: 1_800_000 },
  async () => {
    try {
      for (const shown of [await runCommand([...demo, "kubernetes"]), await runCommand([...demo, "kubernetes"])]) {
        for (const host of ["k1", "k2", "k3", "k4"]) assert.match(shown, new RegExp(`^${host} +Ready `, "m"));
        assert.match(shown, /^deployment\.apps\/web +3\/3 /m);
        assert.match(shown, /answers from pod web-/);
        const lines = shown.split("\n").filter((line) => / examples\/lab\/hosts (net|docker) /.test(line));
        assert.equal(lines.length, 3, shown);
        for (const line of lines) await runCommand(["env", "-C", project, "bash", "-euc", line]);
      }
    } finally {
      await runCommand([...demo, "down"]);
    }
    assert.equal(existsSync("/tmp/flexkube-demo-kubernetes"), false);
    assert.equal(existsSync("/tmp/flexkube-demo-kubernetes-cluster"), false);
  },
);
