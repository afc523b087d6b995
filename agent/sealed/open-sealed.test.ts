// A sealed file's header is read before anything proves who made it: it is bounded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configText, encryptTo, newHostKey, newSigner } from "./testing/sealing-cluster.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { mostRecipients, packEnvelope } from "#shared/sealed/envelope.ts";
import { openSealed } from "./open-sealed.ts";

const signer = newSigner();
const own = await newHostKey();
const trust = {
  identities: [own.identity],
  signers: [signer.pem],
  past: { cluster: "demo", host: "h1", allowOlder: false },
  file: "h1.age",
};

test("as many recipients as the planner seals to are no fault, the host's own the last of them", async () => {
  const others = await Promise.all(Array.from({ length: mostRecipients - 1 }, async () => newHostKey()));
  const text = configText({ signers: [signer] });
  const packed = packEnvelope(text, { cluster: "demo", host: "h1", generation: 1 }, signer.key);
  const bytes = await encryptTo(
    packed,
    [...others, own].map(({ recipient }) => recipient),
  );

  assert.equal(await openSealed(bytes, trust), text);
});

test("a header with more of them than any planner writes is refused before a key is tried on one", async () => {
  const stanza = `-> X25519 ${"A".repeat(42)}E\n${"A".repeat(43)}\n`;
  const bytes = Buffer.from(`age-encryption.org/v1\n${stanza.repeat(2000)}--- ${"A".repeat(43)}\n${"x".repeat(40)}`);

  await assert.rejects(openSealed(bytes, trust), (error) => isFlexkubeError(error, "SEALED_DAMAGED"));
});
