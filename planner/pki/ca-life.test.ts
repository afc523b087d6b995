// What happens before a CA begins, near its end and after it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryPkiIo } from "./memory-pki-io.ts";
import { certificateAt, day, etcdCa, existing, leafRequest, run, start, textOf } from "./testing/pki-fixture.ts";

test("a leaf never outlives its CA, and is not renewed again and again at the CA's end", async () => {
  const cas = [{ ...etcdCa, validity: "9600h" }];
  const io = await existing({ cas });

  const renewed = await run(io, { cas, now: start + 300 * day });
  const later = await run(io, { cas, now: start + 399 * day });

  assert.equal(renewed.changes.length, 1);
  assert.equal(certificateAt(io, "pki/etcd/h1.crt").validTo, certificateAt(io, "pki/etcd/ca.crt").validTo);
  assert.deepEqual(later.changes, []);
});

test("a CA near its end is a warning and is not replaced", async () => {
  const io = await existing();
  const ca = textOf(io, "pki/etcd/ca.crt");

  const prepared = await run(io, { now: start + 3300 * day });

  assert.deepEqual(
    prepared.warnings.map(({ problem }) => problem),
    ["The CA ends at 2036-12-29T00:00:00Z, and what it issues ends with it."],
  );
  assert.equal(textOf(io, "pki/etcd/ca.crt"), ca);
});

for (const [when, now] of [
  ["expired", start + 3651 * day],
  ["not valid yet", start - day],
] as const)
  test(`a CA that is ${when} issues nothing`, async () => {
    const io = await existing();

    await assert.rejects(run(io, { now, certificates: [leafRequest("h2")] }), {
      code: "PKI_MISMATCH",
      message: "a CA is not valid now, so it cannot issue certificates",
    });
  });

test("a clock behind the CA's beginning is a warning when nothing must be issued", async () => {
  const io = await existing();

  const prepared = await run(io, { now: start - day });

  assert.deepEqual(prepared.changes, []);
  assert.deepEqual(
    prepared.warnings.map(({ hint }) => hint),
    ["Check the clock of this machine."],
  );
});

test("certificates that a machine whose clock was ahead has made are told of, and nothing is changed", async () => {
  const io = await existing();
  await run(io, { now: start + 30 * day, certificates: [leafRequest("h1"), leafRequest("h2"), leafRequest("h3")] });

  const prepared = await run(io, {
    now: start + day,
    certificates: [leafRequest("h1"), leafRequest("h2"), leafRequest("h3")],
  });

  assert.deepEqual(prepared.changes, []);
  assert.match(
    prepared.warnings.map(({ problem }) => problem).join(),
    /valid only from .*, and 1 more like it; now it is /,
  );
});

test("a clock in 1970 makes no CA and changes nothing, also beside one that is there", async () => {
  const io = memoryPkiIo();

  await assert.rejects(run(io, { now: 5000 }), {
    code: "PKI_MISMATCH",
    message: "no CA is made by a clock that is wrong",
  });
  assert.deepEqual((await run(await existing(), { now: 5000 })).changes, []);
});
