// The table of documents against the Go types of every supported minor version.
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { runCommand } from "#lab/run-command.ts";
import { skipWithoutLab } from "#lab/skip-without-lab.ts";

test("the table of documents is what the Go modules say", { skip: skipWithoutLab(), timeout: 600_000 }, async () => {
  const make = fileURLToPath(new URL("../../images/lab/kubernetes-documents/make", import.meta.url));

  // it ends with another exit code, and says so, when they differ
  await runCommand([make, "--check"]);
});
