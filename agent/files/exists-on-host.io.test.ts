// What a mount's source may be, on a real disk.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createExistsOnHost } from "./exists-on-host.ts";
import { createPatience } from "./patience.ts";

test("what is there is found, also behind links of the host, and nothing else", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "flexkube-host-"));
  t.after(async () => rm(root, { recursive: true }));
  await mkdir(join(root, "data"));
  await writeFile(join(root, "data/file"), "");
  await symlink("/data", join(root, "absolute"));
  await symlink("/nowhere", join(root, "dangling"));
  const clock = { now: () => 0, sleep: async () => new Promise<void>(() => undefined) };
  const exists = createExistsOnHost({ root, patience: createPatience({ clock }) });
  const found = async (path: string): Promise<boolean> => exists(path, new AbortController().signal);

  for (const path of ["/data", "/data/file", "/absolute", "/absolute/file"])
    assert.equal(await found(path), true, path);
  for (const path of ["/none", "/data/none", "/dangling", "/data/file/below"])
    assert.equal(await found(path), false, path);
});
