// When what calls the API servers gets a newer minor version, told by printed plans.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { apiServersInQuestion } from "./wait-for-api-servers.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import { apiFollowers } from "#shared/reconcile/testing/api-followers.ts";

const now = Date.UTC(2026, 0, 1);
const proxy = (image: string, args: readonly string[] = []): DesiredState =>
  apiFollowers(expand(hostConfig({ containers: { proxy: { image, args: [...args], restart: "always" } } })));
const before = proxy("proxy:v1.36.3");
const after = proxy("proxy:v1.37.0");

function seen(versions: Readonly<Record<string, string>> | undefined, from = before): ObservedState {
  return {
    ...settledState(from, now),
    apiServers: versions === undefined ? undefined : new Map(Object.entries(versions)),
  };
}

function plan(desired: DesiredState, observed: ObservedState, fallback: DesiredState | undefined = before): string {
  return printPlan(reconcile({ desired, fallback }, observed));
}

const creates = (text: string): boolean => text.includes("create proxy");

test("a newer minor version waits until every API server has it, and says which has not", () => {
  assert.equal(
    plan(after, seen({ h1: "1.37", h2: "1.36" })),
    "! proxy: it goes to 1.37 only when all API servers have it; h2 has 1.36 (waiting)\n",
  );
  assert.equal(
    plan(after, seen({ h1: "1.36" })),
    "! proxy: it goes to 1.37 only when all API servers have it; h1 has 1.36; no answer from h2 (waiting)\n",
  );
  assert.ok(creates(plan(after, seen({ h1: "1.37", h2: "1.38" }))));
});

test("the versions are in question only while they decide", () => {
  const question = (desired: DesiredState, observed: ObservedState): boolean =>
    apiServersInQuestion({ desired, fallback: before, observed });

  assert.equal(
    plan(after, seen(undefined)),
    "! proxy: the API servers have not been asked for their versions yet (waiting)\n",
  );
  assert.equal(question(after, seen(undefined)), true);
  assert.equal(question(after, seen({ h1: "1.37", h2: "1.37" })), false);
  assert.equal(question(before, seen(undefined)), false);
  assert.equal(question(after, { ...emptyState(now), images: new Map([["proxy:v1.37.0", true]]) }), false);
});

test("a first start, another patch, an older version and other settings wait for nobody", () => {
  const none = {};

  assert.ok(creates(plan(after, { ...emptyState(now), apiServers: new Map() })));
  assert.ok(creates(plan(proxy("proxy:v1.36.9"), seen(none))));
  assert.ok(creates(plan(before, seen(none, after), after)));
  assert.ok(creates(plan(proxy("proxy:v1.36.3", ["--v=4"]), seen(none))));
  assert.ok(creates(plan(proxy("proxy:latest"), seen(none))));
});

test("a container of an unknown version waits too, and one ten minors on is no older one", () => {
  assert.ok(!creates(plan(after, seen({ h1: "1.37", h2: "1.36" }, proxy("proxy:latest")))));
  assert.ok(creates(plan(proxy("proxy:v1.100.0"), seen({ h1: "1.100", h2: "2.0" }))));
  assert.ok(!creates(plan(proxy("proxy:v1.100.0"), seen({ h1: "1.99", h2: "1.100" }))));
});

test("what waits is kept alive meanwhile: the older container is started again, made again, and its policy mended", () => {
  const old = seen({ h1: "1.37", h2: "1.36" });
  const down = {
    ...old,
    containers: old.containers.map((container) => ({ ...container, state: "exited" as const, exitCode: 1 })),
    health: new Map([["proxy", false]]),
  };
  const elsewhere = proxy("proxy:v1.36.3", ["--of=another"]);

  assert.match(plan(after, down), /^start proxy \(not running, exit code 1\)\nwait until proxy/);
  assert.match(plan(after, down, elsewhere), /^start proxy \(not running\)\nwait until proxy/);
  assert.match(
    plan(after, { ...old, containers: old.containers.map((container) => ({ ...container, restart: "no" as const })) }),
    /^update proxy restart=always/,
  );
});

test("cut after the rename the older one gets its name back when the versions no longer suffice", () => {
  const { steps } = reconcile({ desired: after, fallback: before }, seen({ h1: "1.37", h2: "1.37" }));
  const cut = (count: number): ObservedState => ({
    ...simulate(seen({}), steps.slice(0, count)),
    apiServers: new Map([["h1", "1.37"]]),
  });
  const rename = steps.findIndex(({ kind }) => kind === "renameContainer");
  const create = steps.findIndex(({ kind }) => kind === "createContainer");

  for (const fallback of [before, undefined])
    assert.match(
      plan(after, cut(rename + 1), fallback),
      /^rename proxy.old to proxy \(the API servers go first\)\n(?!.*create)/s,
    );
  assert.match(plan(after, cut(create + 1)), /^stop proxy.*\nstart proxy/);
});

test("whatever the API servers answer, no newer minor version is made before all have it, and then the plan is the usual one", () => {
  const minor = fc.constantFrom("1.35", "1.36", "1.37", undefined);
  fc.assert(
    fc.property(minor, minor, minor, minor, (one, other, from, to) => {
      const found = [one, other].flatMap((value, index) =>
        value === undefined ? [] : [[`h${index + 1}`, value] as const],
      );
      const [old, wanted] = [proxy(`proxy:v${from ?? "1.35"}.1`), proxy(`proxy:v${to ?? "1.38"}.1`)];
      const needed = to ?? "1.38";
      const isRaised = (from ?? "1.35") < needed;
      const suffices = found.length === 2 && found.every(([, value]) => value >= needed);

      const text = plan(wanted, seen(Object.fromEntries(found), old), old);

      const free = plan({ ...wanted, apiServersFirst: undefined }, seen({}, old), old);
      if (isRaised && !suffices) assert.match(text, /^! proxy: it goes to .* \(waiting\)\n$/);
      else assert.equal(text, free);
    }),
  );
});

const server = (image: string): DesiredState => ({
  ...apiFollowers(expand(hostConfig({ containers: { proxy: { image, restart: "always" } } }))),
  host: "h1",
});

function asApiServer(state: DesiredState): DesiredState {
  return {
    ...state,
    containers: state.containers.map(({ needsApiServers: _needs, ...container }) => ({
      ...container,
      component: "kube-apiserver",
    })),
  };
}

const api = (image: string): DesiredState => asApiServer(server(image));

test("an API server waits for others that are two minor versions below, and for nobody else", () => {
  const at = api("api:v1.35.4");
  const next = api("api:v1.37.0");
  const skew = (versions: Readonly<Record<string, string>> | undefined): string => plan(next, seen(versions, at), at);

  assert.equal(
    skew({ h1: "1.35", h2: "1.35" }),
    "! proxy: it goes to 1.37 only when all API servers are at most one minor version below; h2 has 1.35: deliver the version in between there first (waiting)\n",
  );
  assert.match(skew(undefined), /have not been asked for their versions yet/);
  for (const versions of [{ h1: "1.35", h2: "1.36" }, { h1: "1.35" }, { h2: "1.37" }, { h2: "1.38" }])
    assert.ok(creates(skew(versions)), JSON.stringify(versions));
  assert.ok(creates(plan(next, { ...emptyState(now), images: new Map([["api:v1.37.0", true]]) }, undefined)));
});
