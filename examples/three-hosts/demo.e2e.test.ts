// The README's first commands: the demo ends with a table of healthy components, and `down` removes every trace.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const demo = [`${project}node_modules/.bin/node`, `${project}examples/lab/demo.ts`];

/** A line of the table for each component of each host. */
const rows = ["h1", "h2", "h3"].flatMap((host) =>
  [`etcd-${host}`, "api-load-balancer-api", "api-stand-in", "greeter"].map(
    (container) => new RegExp(`^${host} .*${container} +running .*yes`, "m"),
  ),
);

test(
  "the demo shows every component of three hosts as healthy, also when it is up already, and goes without a trace",
  { skip: skipWithoutLab(), timeout: 300_000 },
  async () => {
    try {
      for (const shown of [await runCommand(demo), await runCommand(demo)]) {
        for (const row of rows) assert.match(shown, row);
        assert.match(shown, /npm run demo -- down/);
      }
    } finally {
      await runCommand([...demo, "down"]);
    }
    assert.equal(existsSync("/tmp/flexkube-demo"), false);
    assert.equal(existsSync("/tmp/flexkube-demo-cluster"), false);
  },
);
