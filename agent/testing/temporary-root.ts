// A directory that plays a host's `/` in tests; it goes with the test.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** Its path. */
export function temporaryRoot(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "flexkube-test-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** Writes a file below the root and makes its directories. */
export function put(root: string, path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, content);
  chmodSync(root + path, mode);
}
