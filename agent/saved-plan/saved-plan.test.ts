// Laws of saved plans on random hosts: the same look is accepted, what makes another plan is not, and nothing in the file is secret.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonical } from "#shared/canonical.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import type { ObservedContainer, ObservedPath, ObservedState } from "#shared/state/observed.ts";
import { differences } from "./compare-plans.ts";
import { makeSavedPlan } from "./make-saved-plan.ts";
import { parseSavedPlan, refuseOthers, savedText } from "./saved-plan.ts";
import type { SavedPlan } from "./saved-plan.ts";

const now = Date.UTC(2026, 10, 30);
const about = { file: "plan.json", version: "1.2.3" };

/** What stands in files and variables; no other text holds it. */
const secret = fc.stringMatching(/^[A-Z]{12}$/).map((text) => `SECRET-${text}`);
const file = fc.record({
  path: fc.constantFrom("a.conf", "b/c.conf"),
  content: secret,
  effect: fc.constantFrom("replace", "none", "signal", "restart"),
  mode: fc.constantFrom("0644", "0600"),
});
const container = fc.record({
  image: fc.constantFrom("busybox:1.1", "busybox:1.2"),
  env: fc.record({ PASSWORD: secret }),
  restart: fc.constantFrom("always", "no"),
  files: fc.uniqueArray(file, { selector: ({ path }) => path, maxLength: 2 }),
});
const config = fc
  .tuple(fc.dictionary(fc.constantFrom("ant", "bee", "cat"), container, { maxKeys: 3, noNullPrototype: true }), secret)
  .map(([containers, key]) => hostConfig({ containers, secrets: { "hash-key": key } }));

/** One change of what is observed. */
type Drift = { readonly pick: number; readonly kind: string };
const drift = fc.record({
  pick: fc.nat(20),
  kind: fc.constantFrom(
    "exit",
    "remove",
    "rename",
    "policy",
    "edit",
    "mode",
    "delete",
    "sick",
    "image",
    "ledger",
    "anew",
    "ill",
  ),
});

function drifted(state: ObservedState, { pick, kind }: Drift): ObservedState {
  const chosen = state.containers[pick % Math.max(1, state.containers.length)];
  const found = [...state.paths].filter(([, { type }]) => type === "file");
  const [path, old] = found[pick % Math.max(1, found.length)] ?? [];
  const swap = (change: Partial<ObservedContainer>): ObservedState => ({
    ...state,
    containers: state.containers.map((item) => (item === chosen ? { ...item, ...change } : item)),
  });
  const put = (value: ObservedPath | undefined): ObservedState =>
    path === undefined || value === undefined ? state : { ...state, paths: new Map([...state.paths, [path, value]]) };
  const edited = (change: { readonly digest: string } | { readonly mode: number }): ObservedPath | undefined =>
    old?.type === "file" ? { ...old, ...change } : undefined;
  switch (kind) {
    case "exit":
      return swap({ state: "exited", finishedAt: state.now, exitCode: 1 });
    case "remove":
      return { ...state, containers: state.containers.filter((item) => item !== chosen) };
    case "rename":
      return swap({ name: "elsewhere" });
    case "policy":
      return swap({ restart: "on-failure" });
    case "anew":
      return swap({ id: "another" });
    case "edit":
      return put(edited({ digest: "edited" }));
    case "mode":
      return put(edited({ mode: 0o777 }));
    case "delete":
      return put({ type: "missing" });
    case "sick":
      return put({ type: "unknown", reason: "it does not answer" });
    case "ill":
      return { ...state, health: new Map([...state.health].map(([name]) => [name, pick % 2 === 0])) };
    case "image":
      return { ...state, images: new Map([...state.images].map(([image]) => [image, pick % 2 === 0])) };
    default:
      return { ...state, ledger: emptyState(0).ledger };
  }
}

type Wish = { readonly before: HostConfig; readonly wanted: HostConfig };

/** As the agent would save it. */
function saved({ before, wanted }: Wish, observed: ObservedState): SavedPlan {
  const [desired, fallback] = [expand(wanted), expand(before)];
  const plan = reconcile({ desired, fallback }, observed);
  return makeSavedPlan(
    { config: wanted, desired, fallback, observed, plan },
    { agentVersion: about.version, at: "2026-11-30T10:00:00Z" },
  );
}

function planText({ before, wanted }: Wish, observed: ObservedState): string {
  const { steps, blocked } = reconcile({ desired: expand(wanted), fallback: expand(before) }, observed);
  return canonical([steps, blocked]);
}

/** A host as `before` left it, with the images of both. */
function hostOf({ before, wanted }: Wish): ObservedState {
  const all = [...expand(before).containers, ...expand(wanted).containers].map(
    ({ spec }) => [spec.image, true] as const,
  );
  return { ...settledState(expand(before), now), images: new Map(all) };
}

const wish = fc.record({ before: config, wanted: config });

test("the same look is accepted after any time, whatever the order in which things were seen", () => {
  fc.assert(
    fc.property(wish, drift, fc.nat(1e9), (wanted, drifting, later) => {
      const observed = drifted(hostOf(wanted), drifting);
      const again: ObservedState = {
        ...observed,
        now: observed.now + later,
        agentStartedAt: observed.agentStartedAt + later,
        containers: observed.containers.toReversed(),
        paths: new Map([...observed.paths].toReversed()),
      };

      assert.deepEqual(differences(saved(wanted, observed), saved(wanted, again)), []);
    }),
  );
});

test("whatever is observed otherwise and makes another plan is refused, and so is each other container or file", () => {
  let [others, refused] = [0, 0];
  fc.assert(
    fc.property(wish, drift, drift, (wanted, first, second) => {
      const observed = drifted(hostOf(wanted), first);
      const after = drifted(observed, second);
      const found = differences(saved(wanted, observed), saved(wanted, after));

      const isOther = planText(wanted, observed) !== planText(wanted, after);
      others += Number(isOther);
      refused += Number(found.length > 0);
      if (isOther) assert.notDeepEqual(found, []);
      const ids = ({ containers }: ObservedState): string =>
        canonical(containers.map(({ id, name, state }) => [id, name, state]));
      if (ids(observed) !== ids(after)) assert.notDeepEqual(found, []);
    }),
    { numRuns: 150 },
  );
  assert.ok(others > 20 && refused < 150, `${others} ${refused}`);
});

test("no file has a secret of its host config, neither as it is nor encoded", () => {
  fc.assert(
    fc.property(wish, drift, (wanted, drifting) => {
      const text = savedText(saved(wanted, drifted(hostOf(wanted), drifting)));

      const known = [...JSON.stringify(wanted).matchAll(/SECRET-[A-Z]+/g)].map(([one]) => one);
      assert.ok(known.length > 0);
      for (const one of known)
        for (const form of [one, Buffer.from(one).toString("base64"), Buffer.from(one).toString("hex")])
          assert.ok(!text.includes(form), form);
    }),
  );
});

test("what was saved is read back, and what was cut or changed anywhere is refused", () => {
  fc.assert(
    fc.property(wish, fc.nat(), fc.constantFrom("cut", "0", "x", '"', "}"), (wanted, place, how) => {
      const plan = saved(wanted, hostOf(wanted));
      const text = savedText(plan);
      const at = place % (text.length - 2);
      const spoiled = how === "cut" ? text.slice(0, at) : text.slice(0, at) + how + text.slice(at + 1);

      assert.equal(canonical(parseSavedPlan(text, about)), canonical(plan));
      const code = codeOf(() => assert.equal(canonical(parseSavedPlan(spoiled, about)), canonical(plan)));
      assert.ok(spoiled === text || code === "PLAN_DAMAGED" || code === "PLAN_OTHER_VERSION", `${code} ${spoiled}`);
    }),
    { numRuns: 150 },
  );
});

function codeOf(act: () => void): string {
  try {
    act();
    return "none";
  } catch (error) {
    if (!isFlexkubeError(error)) throw error;
    return error.code;
  }
}

test("what is no saved plan at all is damaged, and never a bug of ours", () => {
  for (const text of [
    "",
    "null",
    "[]",
    "{}",
    "plan",
    "[".repeat(100_000),
    '{"kind":"Plan"}',
    '{"kind":"Plan","agentVersion":"1.2.3"}',
  ])
    assert.equal(
      codeOf(() => parseSavedPlan(text, about)),
      "PLAN_DAMAGED",
      text.slice(0, 40),
    );
  assert.equal(
    codeOf(() => parseSavedPlan('{"kind":"Plan","agentVersion":"1.2.4"}', about)),
    "PLAN_OTHER_VERSION",
  );
});

test("a plan of another cluster, another host, another generation or another content is refused by its own code", () => {
  const plan = { cluster: "demo", host: "h1", generation: 3, config: "a" };
  const code = (other: Partial<typeof plan>): string =>
    codeOf(() => refuseOthers({ ...plan, ...other }, plan, "plan.json"));

  assert.deepEqual([{}, { cluster: "other" }, { host: "h2" }, { generation: 2 }, { config: "b" }].map(code), [
    "none",
    "PLAN_OTHER_CLUSTER",
    "PLAN_OTHER_HOST",
    "PLAN_OTHER_CONFIG",
    "PLAN_OTHER_CONFIG",
  ]);
});
