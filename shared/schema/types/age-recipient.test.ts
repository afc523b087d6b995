import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { notRecipient } from "./age-recipient.ts";

const recipient = await identityToRecipient(await generateX25519Identity());

test("what age makes is a recipient, of either kind of key", async () => {
  assert.equal(notRecipient(recipient), undefined);
  assert.equal(notRecipient(await identityToRecipient(await generateHybridIdentity())), undefined);
});

test("a character that is another, one that is missing, and a kind that needs a plug-in are told", () => {
  for (let at = "age1".length; at < recipient.length; at++) {
    const other = recipient[at] === "q" ? "p" : "q";
    const changed = recipient.slice(0, at) + other + recipient.slice(at + 1);
    assert.match(notRecipient(changed)?.problem ?? "", /checksum/, changed);
  }
  assert.match(notRecipient(recipient.slice(0, -1))?.problem ?? "", /62 characters has 61/);
  assert.match(notRecipient(`${recipient}q`)?.problem ?? "", /62 characters has 63/);
  assert.match(notRecipient(recipient.slice(0, -1) + "b")?.problem ?? "", /checksum/);
  for (const foreign of ["age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "", "x"])
    assert.match(notRecipient(foreign)?.problem ?? "", /no recipient of a kind/, foreign);
});
