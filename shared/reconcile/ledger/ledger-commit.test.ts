// What a file commit leaves in the ledger.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyLedger } from "#shared/state/ledger.ts";
import { ledgerBeforeCommit } from "./ledger-commit.ts";
import type { FileCommit } from "#shared/state/step.ts";

const nothing: FileCommit = { directories: [], fresh: [], replaced: [], removed: [] };

test("directories that were made are remembered, each once", () => {
  const make = (path: string): FileCommit => ({
    ...nothing,
    directories: [{ path, mode: 0o755, uid: 0, gid: 0, components: ["web"] }],
  });

  const ledger = ["/srv/b", "/srv/a", "/srv/b"].reduce(
    (known, path) => ledgerBeforeCommit(known, make(path)),
    emptyLedger,
  );

  assert.deepEqual(ledger.directories, ["/srv/a", "/srv/b"]);
  assert.deepEqual(ledgerBeforeCommit(emptyLedger, nothing), emptyLedger);
});
