import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import type { KeptSightings } from "#agent/report/kept-sightings.ts";
import { FakeKubernetes } from "#agent/testing/fake-kubernetes.ts";
import { Secret } from "#shared/secret.ts";
import { createApplierLease, generationOf, applierPath } from "./applier-lease.ts";
import type { ApplierLease } from "./applier-lease.ts";
import { textAt } from "#shared/json-fields.ts";
import { createSightings } from "./lease-sightings.ts";

const api = { server: "https://127.0.0.1:7443", ca: "", certificate: "", key: new Secret("") };
const { signal } = new AbortController();
const h1 = { host: "h1", generation: 1 };
const h2 = { host: "h2", generation: 1 };

type Fixture = {
  readonly kubernetes: FakeKubernetes;
  readonly clock: FakeClock;
  readonly agent: () => ApplierLease;
  /** Of another host, that looks at the lease now and then. */
  readonly onlooker: ApplierLease;
};

function fixture(): Fixture {
  const kubernetes = new FakeKubernetes();
  const clock = new FakeClock();
  const log = pino({ level: "silent" });
  const agent = (): ApplierLease =>
    createApplierLease({ connect: kubernetes.connect, clock, log, sightings: createSightings(clock) });
  return { kubernetes, clock, agent, onlooker: agent() };
}

function holder({ kubernetes, onlooker }: Fixture): string | undefined {
  return onlooker.holderOf(kubernetes.object(applierPath));
}

test("the first host takes the lease, another gets it only when it has ended", async () => {
  const given = fixture();
  const [one, two] = [given.agent(), given.agent()];

  const first = [await one.campaign(api, h1, signal), await two.campaign(api, h2, signal)];
  await given.clock.advance(59_999);
  const early = await two.campaign(api, h2, signal);
  await given.clock.advance(1);
  const late = await two.campaign(api, h2, signal);

  assert.deepEqual([...first, early, late], [true, false, false, true]);
  assert.deepEqual([one.isOurs(), two.isOurs()], [false, true]);
  assert.equal(holder(given), "h2");
  assert.deepEqual(given.kubernetes.object(applierPath)?.["spec"], {
    holderIdentity: "h2",
    leaseDurationSeconds: 60,
    acquireTime: new Date(given.clock.now()).toISOString().replace("Z", "000Z"),
    renewTime: new Date(given.clock.now()).toISOString().replace("Z", "000Z"),
    leaseTransitions: 2,
  });
});

test("two agents of one host share it, and a restarted one has it at once", async () => {
  const given = fixture();

  const all = [await given.agent().campaign(api, h1, signal), await given.agent().campaign(api, h1, signal)];

  assert.deepEqual(all, [true, true]);
});

test("two short processes, one after the other, take over from a host that died", async () => {
  const { kubernetes, clock, agent } = fixture();
  await agent().campaign(api, h1, signal);
  const log = pino({ level: "silent" });
  const boot = { id: "b1", uptimeMs: () => clock.now() - 1_000_000 };
  let before: KeptSightings | undefined;
  const applyOnce = async (): Promise<boolean> => {
    const sightings = createSightings(clock, { boot, before });
    const isOurs = await createApplierLease({ connect: kubernetes.connect, clock, log, sightings }).campaign(
      api,
      h2,
      signal,
    );
    before = sightings.kept() ?? before;
    return isOurs;
  };

  const first = await applyOnce();
  await clock.advance(61_000);
  const second = await applyOnce();

  assert.deepEqual([first, second], [false, true]);
});

test("between ticks it is renewed, and left alone by a host whose ticks have stopped", async () => {
  const given = fixture();
  const lease = given.agent();
  const end = new AbortController();
  await lease.campaign(api, h1, signal);
  const running = lease.run(end.signal);

  await given.clock.advance(280_000);
  const kept = [holder(given), lease.isOurs()];
  await given.clock.advance(60_000);
  holder(given);
  await given.clock.advance(60_000);
  const left = [holder(given), lease.isOurs()];
  end.abort();
  await running;

  assert.deepEqual(kept, ["h1", true]);
  assert.deepEqual(left, [undefined, false]);
});

test("at its end the process lets go of what it has taken, and not of what its host had before", async () => {
  const given = fixture();
  const [loop, apply] = [given.agent(), given.agent()];
  await loop.campaign(api, h1, signal);
  await apply.campaign(api, h1, signal);

  await apply.run(AbortSignal.abort(new Error("done")));
  const afterApply = holder(given);
  await loop.run(AbortSignal.abort(new Error("done")));

  assert.equal(afterApply, "h1");
  assert.equal(holder(given), undefined);
});

test("one that somebody takes while it is being renewed is not ours", async () => {
  const given = fixture();
  const lease = given.agent();
  await lease.campaign(api, h1, signal);
  await given.clock.advance(30_000);
  const renewTime = new Date(given.clock.now()).toISOString();
  given.kubernetes.beforeChange = () => {
    given.kubernetes.beforeChange = () => undefined;
    given.kubernetes.edit(applierPath, { spec: { holderIdentity: "h2", renewTime } });
  };

  const isOurs = await lease.campaign(api, h1, signal);

  assert.deepEqual([isOurs, lease.isOurs()], [false, false]);
  assert.equal(textAt(given.kubernetes.object(applierPath), "spec", "holderIdentity"), "h2");
});

test("while the API is away it is ours for as long as it was given, and renewed when the API is back", async () => {
  const given = fixture();
  const lease = given.agent();
  const end = new AbortController();
  await lease.campaign(api, h1, signal);
  const running = lease.run(end.signal);
  given.kubernetes.down = true;

  await given.clock.advance(50_000);
  const soon = lease.isOurs();
  await assert.rejects(lease.campaign(api, h1, signal), { code: "KUBERNETES_UNREACHABLE" });
  await given.clock.advance(20_000);
  const later = lease.isOurs();
  given.kubernetes.down = false;
  await given.clock.advance(20_000);
  const back = lease.isOurs();
  end.abort();
  await running;

  assert.deepEqual([soon, later, back], [true, false, true]);
});

test("a host with older objects does not take it, one with newer objects does, and then nobody with older ones again", async () => {
  const given = fixture();
  const newer = { host: "h2", generation: 3 };
  await given.agent().campaign(api, { host: "h1", generation: 2 }, signal);
  const [one, two, three] = [given.agent(), given.agent(), given.agent()];
  for (const agent of [one, two, three]) agent.holderOf(given.kubernetes.object(applierPath));
  await given.clock.advance(60_000);

  const older = await three.campaign(api, { host: "h3", generation: 1 }, signal);
  const unnumbered = await three.campaign(api, { host: "h3", generation: 0 }, signal);
  const taken = await two.campaign(api, newer, signal);
  one.holderOf(given.kubernetes.object(applierPath));
  holder(given);
  await given.clock.advance(60_000);
  const first = await one.campaign(api, { host: "h1", generation: 2 }, signal);

  assert.deepEqual([older, unnumbered, taken, first], [false, false, true, false]);
  assert.equal(generationOf(given.kubernetes.object(applierPath)), 3);
  assert.equal(holder(given), undefined);
});

test("newer objects are in the lease before its holder goes on, however short ago it was renewed", async () => {
  const given = fixture();
  const lease = given.agent();
  await lease.campaign(api, h1, signal);

  await lease.campaign(api, { host: "h1", generation: 2 }, signal);

  assert.equal(generationOf(given.kubernetes.object(applierPath)), 2);
});

test("a holder that gets older objects lets go, and what it had is still remembered", async () => {
  const given = fixture();
  const lease = given.agent();
  await lease.campaign(api, { host: "h1", generation: 2 }, signal);

  const kept = await lease.campaign(api, h1, signal);

  assert.deepEqual([kept, lease.isOurs(), holder(given)], [false, false, undefined]);
  assert.equal(generationOf(given.kubernetes.object(applierPath)), 2);
  assert.equal(await given.agent().campaign(api, { host: "h2", generation: 2 }, signal), true);
});

test("the generation outlives the end of its holder's process", async () => {
  const given = fixture();
  const lease = given.agent();
  await lease.campaign(api, { host: "h1", generation: 2 }, signal);

  await lease.run(AbortSignal.abort(new Error("done")));

  assert.equal(holder(given), undefined);
  assert.equal(generationOf(given.kubernetes.object(applierPath)), 2);
});

for (const days of [400, -400])
  test(`a living holder keeps it and stamps what its clock shows, when clocks jump by ${days} days`, async () => {
    const given = fixture();
    const [one, two] = [given.agent(), given.agent()];
    await one.campaign(api, h1, signal);
    const taken: boolean[] = [];

    for (let count = 0; count < 5; count++) {
      await given.clock.advance(20_000);
      given.clock.setBy(count % 2 === 0 ? days * 86_400_000 : -days * 86_400_000);
      taken.push(await two.campaign(api, h2, signal), await given.agent().campaign(api, { ...h2, host: "h3" }, signal));
      assert.equal(await one.campaign(api, h1, signal), true);
    }

    assert.deepEqual(
      taken,
      Array.from({ length: 10 }, () => false),
    );
    const renewTime = textAt(given.kubernetes.object(applierPath), "spec", "renewTime");
    assert.equal(Date.parse(renewTime), given.clock.wall().epochMs);
  });

test("a process that has just begun waits a whole lease, however old the last renewal seems", async () => {
  const given = fixture();
  await given.agent().campaign(api, h1, signal);
  await given.clock.advance(3_600_000);
  const late = given.agent();

  const first = await late.campaign(api, h2, signal);
  await given.clock.advance(59_999);
  const early = await late.campaign(api, h2, signal);
  await given.clock.advance(1);

  assert.deepEqual([first, early, await late.campaign(api, h2, signal)], [false, false, true]);
});
