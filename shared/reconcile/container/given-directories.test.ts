// A component that runs as another user: its data and live directories follow it between stop and start, and come back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { givenDirectories, onTheWay } from "./given-directories.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";

const now = Date.UTC(2026, 0, 1);
const former = { web: [{ uid: 7, gid: 7 }] };

type Changes = { readonly image?: string; readonly formerOwners?: typeof former };

function runningAs(id: number, { image = "busybox:1", formerOwners }: Changes = {}): DesiredState {
  const owner = { uid: id, gid: id };
  return expand(
    hostConfig({
      formerOwners,
      containers: {
        web: {
          image,
          user: `${id}:${id}`,
          mounts: [{ source: "/var/lib/web", target: "/data", create: { mode: "0700", ...owner } }],
          files: [{ path: "a.key", content: "key", mode: "0600", ...owner, effect: "none" }],
        },
      },
    }),
  );
}

function owned(
  state: ObservedState,
  path: string,
  owner: { readonly uid: number; readonly gid: number },
): ObservedState {
  const found = state.paths.get(path);
  assert.ok(found?.type === "directory");
  return { ...state, paths: new Map([...state.paths, [path, { ...found, ...owner }]]) };
}

const [before, after] = [runningAs(7), runningAs(8, { formerOwners: former })];
const wish = { desired: after, fallback: before };

test("data and live directory are given to the new user after the stop of the old container and before the start", () => {
  const text = printPlan(reconcile(wish, settledState(before, now)));

  assert.equal(
    text,
    `rename web to web.old (changed: user)
update web restart=no (changed: user)
create web from busybox:1 (changed: user)
stop web within 10s (changed: user)
give directories of web to its user (it runs as another user than before)
    data directory /var/lib/web: owner 7:7 -> 8:8
    live directory /etc/kubernetes/web/live: owner 7:7 -> 8:8
change files: 1 replaced (changed: user)
    replace /etc/kubernetes/web/live/a.key
start web (changed: user)
wait until web is healthy, at most 60s (changed: user)
remove the old web (its successor works)
`,
  );
});

test("without a word of who ran it before nothing is given away", () => {
  const { steps } = reconcile({ desired: runningAs(8), fallback: before }, settledState(before, now));

  assert.ok(!steps.some(({ kind }) => kind === "giveDirectories"));
});

test("a directory of somebody who never ran it stays his", () => {
  const state = owned(settledState(before, now), "/var/lib/web", { uid: 99, gid: 99 });

  const [web] = after.containers;
  const given = web === undefined ? [] : givenDirectories(web, state);

  assert.deepEqual(
    given.map(({ path }) => path),
    ["/etc/kubernetes/web/live"],
  );
});

test("one that was on the way when the agent died is given again", () => {
  const plan = reconcile(wish, settledState(before, now));
  const at = plan.steps.findIndex(({ kind }) => kind === "giveDirectories");
  const cut = owned(simulate(settledState(before, now), plan.steps.slice(0, at)), "/var/lib/web", onTheWay);

  const text = printPlan(reconcile(wish, cut));

  assert.match(
    text,
    /^stop web .*\ngive directories .*\n {4}data directory \/var\/lib\/web: owner on the way -> 8:8\n/,
  );
});

test("the way back gives all to the old container's user before that one starts", () => {
  const broken = { desired: runningAs(8, { image: "broken:1", formerOwners: former }), fallback: before };
  const { steps } = reconcile(broken, settledState(before, now));
  const wait = steps.findIndex(({ kind }) => kind === "waitHealthy");
  const tried = simulate(settledState(before, now), steps.slice(0, wait), () => false);
  const failed = {
    ...tried,
    now: now + 300_000,
    containers: tried.containers.map((one) =>
      one.name === "web" ? { ...one, state: "exited" as const, finishedAt: tried.now, exitCode: 1 } : one,
    ),
  };

  const text = printPlan(reconcile(broken, failed));

  assert.match(
    text,
    /give directories of web to its user \(the new container did not work\)\n {4}data directory \/var\/lib\/web: owner 8:8 -> 7:7\n {4}live directory \/etc\/kubernetes\/web\/live: owner 8:8 -> 7:7\nchange files: 1 replaced .*\n.*\nremove web .*\nrename web.old to web .*\nupdate web .*\nstart web /,
  );
});

test("where nobody knows what the old container was made from, its own user tells whose the directories are to be", () => {
  const wanted = runningAs(8, { image: "broken:1", formerOwners: former });
  const { steps } = reconcile({ desired: wanted, fallback: before }, settledState(before, now));
  const start = steps.findIndex(({ kind }) => kind === "startContainer");
  const tried = simulate(settledState(before, now), steps.slice(0, start + 1), () => false);
  const failed = {
    ...tried,
    now: now + 300_000,
    containers: tried.containers.map((one) =>
      one.name === "web"
        ? { ...one, state: "exited" as const, finishedAt: tried.now, exitCode: 1 }
        : { ...one, user: "7:7" },
    ),
  };

  const text = printPlan(reconcile({ desired: wanted }, failed));

  assert.match(text, /data directory \/var\/lib\/web: owner 8:8 -> 7:7\n {4}live directory .*: owner 8:8 -> 7:7\n/);
});

test("while it runs nothing is given, and what was put back as a former user's is given before it starts again", () => {
  const restored = owned(settledState(after, now), "/var/lib/web", { uid: 7, gid: 7 });
  const ended = {
    ...restored,
    containers: restored.containers.map((one) => ({ ...one, state: "exited" as const, finishedAt: now, exitCode: 0 })),
    health: new Map([["web", false]]),
    working: new Set<string>(),
  };

  assert.equal(printPlan(reconcile({ desired: after }, restored)), "nothing to do\n");
  assert.match(
    printPlan(reconcile({ desired: after }, ended)),
    /^give directories .*\n {4}data directory \/var\/lib\/web: owner 7:7 -> 8:8\nstart web /,
  );
});
