// Whose certificates count for a web server.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { test } from "node:test";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { pemBlocks } from "#shared/pem.ts";
import { readAuthorities } from "./authorities.ts";

const [first = "", second = ""] = rootCertificates;
const patience = { run: async <Result>(_: string, operation: () => Promise<Result>): Promise<Result> => operation() };

test("a file alone counts when it is given, and one that says nothing is told", async (context) => {
  const hostRoot = temporaryRoot(context);
  const file = join(hostRoot, "ca.pem");
  const read = async () => readAuthorities({ file, hostRoot, patience });

  assert.match(JSON.stringify(await read()), /ca\.pem cannot be read: ENOENT/);
  writeFileSync(file, "nothing\n");
  assert.match(JSON.stringify(await read()), /no certificate stands in/);
  writeFileSync(file, `a comment\n${first}\n${second}\n`);
  assert.deepEqual(await read(), { pem: `${first}\n${second}\n` });
});

test("else those of the host's system, wherever it keeps them, and else Node's", async (context) => {
  const hostRoot = temporaryRoot(context);
  const read = async () => readAuthorities({ hostRoot, patience });

  const own = await read();
  assert.ok("pem" in own && pemBlocks(own.pem).length === rootCertificates.length);
  mkdirSync(join(hostRoot, "etc/pki/tls/certs"), { recursive: true });
  writeFileSync(join(hostRoot, "etc/pki/tls/certs/ca-bundle.crt"), `${second}\n`);
  assert.deepEqual(await read(), { pem: `${second}\n` });
});
