// The README's first commands: the demo ends with a table of healthy components, and `down` removes every trace.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const demo = [`${project}node_modules/.bin/node`, `${project}examples/lab/demo.ts`];

test(
  "the demo shows every component of three hosts as healthy and goes without a trace",
  { skip: skipWithoutLab(), timeout: 300_000 },
  async () => {
    try {
      const shown = await runCommand(demo);

      for (const host of ["h1", "h2", "h3"])
        for (const container of [`etcd-${host}`, "api-load-balancer-api", "api-stand-in", "greeter"])
          assert.match(shown, new RegExp(`^${host} .*${container} +running .*yes`, "m"));
      assert.match(shown, /npm run demo -- down/);
    } finally {
      await runCommand([...demo, "down"]);
    }
    assert.equal(existsSync("/tmp/flexkube-demo"), false);
    assert.equal(existsSync("/tmp/flexkube-demo-cluster"), false);
  },
);
