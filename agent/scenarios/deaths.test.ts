// A wait for one container's probe holds up the repair of no other: hosts in memory whose containers die meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { engineTimeout } from "#agent/engine/errors.ts";
import type { FakeOutcome } from "#agent/engine/fake/fake-program.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createEventHub } from "#agent/tick/event-hub.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, server } from "#agent/testing/small-servers.ts";
import { tick } from "#agent/tick/tick.ts";
import type { Tick } from "#agent/tick/tick.ts";

const trialMs = 60_000;
/** On trial for a minute with image `ill:1`, whose port nobody listens at. */
const slow = (image: string, probe: string): string =>
  `  slow:\n    image: ${image}\n    restart: always\n    networkMode: host\n    probe: {${probe}deadline: 60s}\n`;
const works = slow("server:1", "settle: 1s, ");
const ill = slow("ill:1", "tcp: {port: 1}, ");
const plain = (name: string, more = 'restart: "no"', image = "server:1"): string =>
  `  ${name}:\n    image: ${image}\n    ${more}\n    probe: {settle: 0s, deadline: 5s}\n`;

async function settledWith(others: string): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": server, "ill:1": server, "dies:1": dies, "crashes:1": crashes });
  host.give(config(`${works}${others}`));
  await host.settle();
  host.give(config(`${ill}${others}`));
  return host;
}

function dies({ starts }: { readonly starts: number }): FakeOutcome {
  return starts === 1 ? {} : { endsAfterMs: 2000, exitCode: 1 };
}

const crashes = (): FakeOutcome => ({ endsAfterMs: 15_000, exitCode: 1 });

/** One tick whose agent hears of the engine's events, and how long it took. */
async function tickWithEvents(host: FakeHost): Promise<{ readonly done: Tick; readonly ms: number }> {
  const end = new AbortController();
  const agent = await host.newAgent();
  const hub = createEventHub(host.engine, { ...agent, clock: host.clock, log: pino({ level: "silent" }) });
  const run = hub.run(end.signal);
  const begun = host.clock.now();
  const done = await tick({ ...agent, listenToDeaths: hub.listenToDeaths }, end.signal);
  const ms = host.clock.now() - begun;
  end.abort();
  await run;
  return { done, ms };
}

const stateOf = (host: FakeHost, name: string): string | undefined =>
  host.engine.containers.find((container) => container.name === name)?.state;

async function trialIsOn(host: FakeHost): Promise<void> {
  while (stateOf(host, "slow.old") !== "exited" || stateOf(host, "slow") !== "running") await host.clock.sleep(10);
}

/** The time until it runs again after an end 20 s into the trial. */
async function repairMs(
  host: FakeHost,
  name: string,
  end = async (): Promise<void> => host.engine.kill(name, "KILL"),
): Promise<number> {
  await trialIsOn(host);
  await host.clock.sleep(20_000);
  await end();
  const begun = host.clock.now();
  while (stateOf(host, name) !== "running") await host.clock.sleep(100);
  return host.clock.now() - begun;
}

for (const name of ["keep", "zeta"])
  test(`${name}, killed during the trial of another, runs again within a second, and the trial ends as before`, async () => {
    const host = await settledWith(plain(name));

    const [{ done, ms }, took] = await Promise.all([tickWithEvents(host), repairMs(host, name)]);

    assert.ok(took <= 1000, `repaired after ${took} ms`);
    assert.ok(ms >= trialMs && ms < trialMs + 10_000, `the tick took ${ms} ms`);
    assert.equal(done.plan?.blocked[0]?.code, "rejected");
    assert.equal(host.engine.containers.find((container) => container.name === "slow")?.image, "server:1");
    assert.equal(stateOf(host, name), "running");
  });

test("a container that was removed during a trial is made anew at once", async () => {
  const host = await settledWith(plain("zeta"));

  const [, took] = await Promise.all([
    tickWithEvents(host),
    repairMs(host, "zeta", async () => host.engine.remove("zeta")),
  ]);

  assert.ok(took <= 1000, `repaired after ${took} ms`);
});

test("a container that dies again and again does not keep the trial from its end", async () => {
  const host = await settledWith(plain("keep", 'restart: "no"', "dies:1"));

  const [{ done, ms }] = await Promise.all([tickWithEvents(host), repairMs(host, "keep")]);

  assert.ok(ms < trialMs + 15_000, `the tick took ${ms} ms`);
  assert.ok(done.plan?.blocked.some(({ code }) => code === "rejected"));
  assert.equal(done.executions.length <= 6, true);
});

test("what Docker starts again ends no wait", async () => {
  const crashing = await settledWith(plain("keep", "restart: always", "crashes:1"));
  const quiet = await settledWith(plain("keep", "restart: always"));

  const disturbed = await tickWithEvents(crashing);

  const undisturbed = await tickWithEvents(quiet);
  assert.ok((crashing.engine.containers.find(({ name }) => name === "keep")?.restartCount ?? 0) > 2);
  assert.equal(disturbed.done.executions.length, undisturbed.done.executions.length);
});

test("one under our name that has its labels from its image ends no wait", async () => {
  const host = await settledWith(plain("plain"));
  const { labels } = await host.engine.inspect("plain");
  await host.engine.remove("plain");
  host.engine.images.label("copied:1", labels);
  const spec = plainSpec({ image: "copied:1", networkMode: "bridge", labels });
  await host.engine.create({ name: "plain", spec, labels: {}, restart: "no", resources: {} });
  await host.engine.start("plain");
  const ticking = tickWithEvents(host);
  await trialIsOn(host);
  await host.engine.kill("plain", "KILL");

  const { done, ms } = await ticking;

  assert.ok(ms >= trialMs);
  // the trial and the way back from it; one more where the wait was cut
  assert.equal(done.executions.length, 2);
});

/** A host whose next config wants an image of a registry that never answers. */
async function withSilentRegistry(): Promise<FakeHost> {
  const host = createFakeHost({ "server:1": server });
  const before = config(`${works}${plain("keep")}`);
  host.give(before);
  await host.settle();
  host.give(before.replace("image: server:1", "image: far:1"));
  host.engine.pullImage = async (_reference, _credentials, options) =>
    host.clock.sleep(1_800_000, options?.signal).then(() => Promise.reject(engineTimeout("pullImage", 1_800_000)));
  return host;
}

for (const [what, end] of Object.entries({
  "that dies": async ({ engine }: FakeHost) => engine.kill("keep", "KILL"),
  "that is removed": async ({ engine }: FakeHost) => engine.remove("keep"),
})) {
  test(`a container ${what} while an image of another one is pulled for half an hour comes back at once`, async () => {
    const host = await withSilentRegistry();
    const ticking = tickWithEvents(host);
    await host.clock.sleep(60_000);

    await end(host);
    await host.clock.sleep(1000);

    assert.equal(stateOf(host, "keep"), "running");
    await ticking;
  });

  test(`a container ${what} before an image of another one is pulled comes back first`, async () => {
    const host = await withSilentRegistry();
    await end(host);
    const ticking = tickWithEvents(host);

    await host.clock.sleep(1000);

    assert.equal(stateOf(host, "keep"), "running");
    await ticking;
  });
}
