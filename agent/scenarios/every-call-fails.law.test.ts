// Every engine call of a tick meets every kind of fault: the tick ends and says why, whom it does not concern goes on,
// nothing foreign is touched, and later ticks reach the end that they would have reached without.
// FAULTS_EACH tells how many faults each scenario meets ("all": every one), FAULTS_SEED which.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FakeCall } from "#agent/engine/fake/fake-faults.ts";
import { isEngineNotFound } from "#agent/engine/errors.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { faultsOf } from "#agent/testing/call-faults.ts";
import type { FaultOf } from "#agent/testing/call-faults.ts";
import { prepare } from "#agent/testing/change-scenarios.ts";
import type { Scenario } from "#agent/testing/change-scenarios.ts";
import { config, restarted, signalled, web } from "#agent/testing/container-texts.ts";
import { formerOwners, owned } from "#agent/testing/owned-data.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { sampleOf } from "#agent/testing/sample.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { assertOneEach, leftoversOf, worldOf } from "#agent/testing/world-of.ts";
import type { Plan, Step } from "#shared/state/step.ts";
import { tick } from "#agent/tick/tick.ts";
import type { Agent, Tick } from "#agent/tick/tick.ts";

type FaultScenario = Scenario & {
  /** What happens to the host right before the tick. */
  readonly drift?: (host: FakeHost) => Promise<void>;
};

const all = (content: string, image = "server:1"): string =>
  config(web(image, content) + signalled(content) + restarted(content));

async function drift({ engine }: FakeHost): Promise<void> {
  const [found] = engine.containers.filter(({ name }) => name === "web");
  assert.ok(found);
  await engine.remove(found.id);
  engine.host.write("/etc/kubernetes/signalled/live/a.conf", "drifted");
  engine.host.write("/etc/restarted.conf", "drifted");
}

const scenarios: readonly FaultScenario[] = [
  { name: "first start", before: undefined, after: all("one") },
  { name: "update", before: all("one"), after: all("two", "server:2") },
  {
    name: "live changes",
    before: all("one"),
    after: config(web("server:1", "one") + signalled("two") + restarted("two")),
  },
  { name: "removal", before: all("one"), after: config(web("server:2", "one") + restarted("one")) },
  { name: "drift", before: all("one"), after: all("one"), drift },
  { name: "return", before: all("one"), after: all("two", "broken:1") },
  { name: "another user", before: owned("server:1", 7, ""), after: owned("server:1", 8, formerOwners) },
  { name: "return from another user", before: owned("server:1", 7, ""), after: owned("broken:1", 8, formerOwners) },
  { name: "update under the disruption lock", before: all("one"), after: all("two", "server:2"), bound: true },
];

const { env } = process;
const each = env["FAULTS_EACH"] === "all" ? Number.POSITIVE_INFINITY : Number(env["FAULTS_EACH"] ?? 20);
const seed = Number(env["FAULTS_SEED"] ?? Date.now() % 1_000_000);

/** All steps of the longest of these scenarios wait far less, a hanging call included. */
const longestTickMs = 600_000;
const foreignName = "foreign";

/** With a container that is not ours, and a look at each start. */
async function hostOf(scenario: FaultScenario): Promise<{ readonly host: FakeHost; readonly agent: Agent }> {
  const host = await prepare(scenario);
  const { engine } = host;
  await scenario.drift?.(host);
  engine.program("other:1", () => ({}));
  const id = await engine.create({
    name: foreignName,
    spec: plainSpec({ image: "other:1" }),
    labels: {},
    restart: "no",
    resources: {},
  });
  await engine.start(id);
  engine.host.write("/etc/foreign.conf", "foreign");
  // one that is said to be missing
  for (const image of ["server:1", "server:2", "broken:1"]) engine.images.pullable(image);
  watchStarts(host);
  answerAsPort(host);
  return { host, agent: await host.newAgent() };
}

function watchStarts({ engine }: FakeHost): void {
  const start = engine.start.bind(engine);
  engine.start = async (id, ...rest) => {
    const wanted = engine.containers.find((container) => container.id === id)?.labels["flexkube.container"];
    const twin = engine.containers.find(
      (other) => other.id !== id && other.state === "running" && other.labels["flexkube.container"] === wanted,
    );
    assert.ok(wanted === undefined || twin === undefined, `${wanted} is started while another one runs`);
    return start(id, ...rest);
  };
}

/** Where Docker answers 404 for an image, the port tells that it is not there. */
function answerAsPort({ engine }: FakeHost): void {
  const inspectImage = engine.inspectImage.bind(engine);
  const imageLabels = engine.imageLabels.bind(engine);
  const missing = (error: unknown): undefined => {
    if (!isEngineNotFound(error)) throw error;
    return undefined;
  };
  engine.inspectImage = async (...args) => inspectImage(...args).catch(missing);
  engine.imageLabels = async (...args) => imageLabels(...args).catch(missing);
}

type Ended = { readonly tick?: Tick; readonly error?: unknown };

async function ended(agent: Agent): Promise<Ended> {
  try {
    return { tick: await tick(agent, new AbortController().signal) };
  } catch (error) {
    return { error };
  }
}

/** One container's line for each that shall be there, to be compared with the end. */
function containersOf({ engine }: FakeHost): ReadonlyMap<string, string> {
  return new Map(
    engine.containers.map(({ name, state, image, labels }) => [name, `${state} ${image} ${labels["flexkube.spec"]}`]),
  );
}

/** Everything that this tick gave as a reason. */
function toldBy({ tick: done, error }: Ended): readonly unknown[] {
  const failures = (done?.executions ?? []).flatMap((execution) => execution.failures.map((failure) => failure.error));
  return [error, done?.error, ...failures].filter((one) => one !== undefined);
}

async function converge(host: FakeHost, agent: Agent, expected: unknown): Promise<void> {
  for (let count = 0; count < 12; count++) {
    const { executions } = await tick(agent, new AbortController().signal);
    assertOneEach(host, "later");
    if (executions.length === 0 && same(worldOf(host), expected)) return;
    await host.clock.sleep(45_000);
  }
  assert.deepEqual(worldOf(host), expected);
  assert.fail("it has not settled");
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Case = { readonly n: number; readonly kind: string; readonly fault: FaultOf };
type Reference = {
  readonly afterOne: ReadonlyMap<string, string>;
  readonly end: unknown;
  readonly calls: readonly FakeCall[];
};

async function referenceOf(scenario: FaultScenario): Promise<Reference> {
  const { host, agent } = await hostOf(scenario);
  const before = host.engine.calls.length;
  await tick(agent, new AbortController().signal);
  const afterOne = containersOf(host);
  const calls = host.engine.calls.slice(before).filter(({ method }) => method !== "step");
  for (let count = 0; count < 8; count++) {
    await host.clock.sleep(45_000);
    await tick(agent, new AbortController().signal);
  }
  return { afterOne, calls, end: worldOf(host) };
}

/** Of one component's own containers and images, or of what all share: the list, the lock, the files. */
function concerns({ subject }: FakeCall, name: string): boolean {
  return subject === name || subject.startsWith(`${name}.`);
}

async function spoil(scenario: FaultScenario, reference: Reference, { n, fault }: Case): Promise<void> {
  const { host, agent } = await hostOf(scenario);
  const { engine, clock } = host;
  const foreign = engine.containers.find(({ name }) => name === foreignName);
  const begun = clock.now();
  const callsBefore = engine.calls.length;
  engine.faults.spoilCall(n, fault);

  const end = await ended(agent);

  const call = engine.faults.spoiled;
  assert.ok(call, "the fault was met");
  const told = toldBy(end);
  for (const error of told)
    assert.ok(isFlexkubeError(error) && error.code !== "INTERNAL_BUG", `a bug of ours: ${String(error)}`);
  assert.ok(clock.now() - begun < longestTickMs, `it took ${clock.now() - begun} ms`);
  assertOneEach(host, "right after");
  checkOthers({ host, reference, call, end });
  engine.faults.clear();
  await clock.sleep(45_000);
  await converge(host, agent, reference.end);
  assert.deepEqual(leftoversOf(host), []);
  assert.deepEqual(
    engine.containers.find(({ name }) => name === foreignName),
    foreign,
  );
  assert.equal(engine.host.text("/etc/foreign.conf"), "foreign");
  const changed = engine.calls.slice(callsBefore).filter(({ mutating }) => mutating);
  assert.ok(!changed.some(({ subject }) => subject === foreignName));
}

type Check = { readonly host: FakeHost; readonly reference: Reference; readonly call: FakeCall; readonly end: Ended };

/** Who is not where it would be without the fault was concerned by it, or the tick says why. */
function checkOthers({ host, reference, call, end }: Check): void {
  const now = containersOf(host);
  const behind = [...reference.afterOne].filter(([name, line]) => now.get(name) !== line).map(([name]) => name);
  const others = behind.filter((name) => !concerns(call, name));
  if (others.length === 0 || end.error !== undefined) return;
  const failures = (end.tick?.executions ?? []).flatMap((execution) => execution.failures);
  const named = new Set([...(end.tick?.plan?.blocked ?? []), ...failures.map(({ step }) => step)].flatMap(namesIn));
  assert.deepEqual(
    others.filter((name) => !named.has(name)),
    [],
    "nobody tells why they wait",
  );
}

/** Of whom a step or a reason is; a commit that is still for several is all of theirs. */
function namesIn(about: Step | Plan["blocked"][number]): readonly string[] {
  if (!("kind" in about) || about.kind !== "commitFiles") return [about.component];
  const { directories, fresh, replaced, removed } = about.arguments;
  const items = [...fresh, ...replaced, ...removed].map(({ component }) => component);
  return [...items, ...directories.flatMap(({ components }) => components)];
}

for (const scenario of scenarios)
  describe(`every call fails: ${scenario.name}`, async () => {
    const reference = await referenceOf(scenario);
    const cases = reference.calls.flatMap((call, index) => faultsOf(call).map((fault) => ({ n: index + 1, ...fault })));
    const chosen = sampleOf(cases, ({ n, kind }) => `${scenario.name} ${n} ${kind}`, { count: each, seed });
    test(`${chosen.length} of ${cases.length}, FAULTS_SEED=${seed}`, async () => {
      const failures: string[] = [];
      for (const one of chosen)
        await spoil(scenario, reference, one).catch((error: unknown) =>
          failures.push(`call ${one.n} ${one.kind}: ${error instanceof Error ? error.message : String(error)}`),
        );
      assert.equal(failures.length, 0, failures.join("\n"));
    });
  });
