// .ci/beside, which runs two parts of the tests at once: neither may fail unseen.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand, tryCommand } from "./run-command.ts";

const beside = fileURLToPath(new URL("../../.ci/beside", import.meta.url));
const says = (text: string, code = 0): readonly string[] => ["sh", "-c", `echo ${text}; exit ${code}`];

for (const [what, first, second, code] of [
  ["both well", 0, 0, 0],
  ["the first one fails", 3, 0, 3],
  ["the second one fails", 0, 4, 4],
  ["both fail", 3, 4, 3],
] as const)
  test(`${what}: ${code}, and the second one's output comes last and whole`, async () => {
    const { exitCode, stdout } = await tryCommand([beside, ...says("one", first), "--", ...says("other", second)]);

    assert.deepEqual([exitCode, stdout], [code, "one\nother\n"]);
  });

test("the second one runs while the first one does", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "flexkube-beside-"));
  t.after(async () => rm(directory, { recursive: true }));
  const pipe = join(directory, "pipe");
  await runCommand(["mkfifo", pipe]);
  const both = ["sh", "-c", `echo there >${pipe}`, "--", "cat", pipe];

  assert.equal(await runCommand([beside, ...both], { deadlineMs: 20_000 }), "there\n");
});

test("one command alone is refused", async () => {
  for (const line of [["true"], ["true", "--"], ["--", "true"]])
    assert.equal((await tryCommand([beside, ...line])).exitCode, 64, line.join(" "));
});
