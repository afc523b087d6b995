// The smallest benchmark once, for its shape; no number is judged here.
import assert from "node:assert/strict";
import { execPath } from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand, tryCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

test(
  "a benchmark's figures come as JSON with samples of both sides",
  { skip: skipWithoutLab(), timeout: 300_000 },
  async () => {
    const text = await runCommand([execPath, main, "--only", "recovery", "--rounds", "1", "--json"]);

    const figures: unknown = JSON.parse(text);
    assert.ok(Array.isArray(figures));
    assert.deepEqual(
      figures.map((figure: { readonly quantity?: unknown }) => figure.quantity),
      ["process killed to running", "etcd's process killed to running", "docker kill to running"],
    );
    for (const { ours, bare, toBare } of figures as Record<string, unknown>[]) {
      assert.ok(Array.isArray(ours) && ours.length === 1 && Number(ours[0]) > 0);
      assert.ok(Array.isArray(bare) && bare.length === 1 && Number(bare[0]) > 0);
      assert.ok(Number(toBare) > 0);
    }
  },
);

test("an unknown benchmark is refused with the list of those there are", async () => {
  const { exitCode, stderr } = await tryCommand([execPath, main, "--only", "what"]);

  assert.equal(exitCode, 64);
  assert.match(stderr, /there is no benchmark 'what'; known are .*no-op/);
});
