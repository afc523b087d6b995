// What the agent does, told by printed plans: first start, each change, drift, replacement cut anywhere, removal.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { kubeProxy, kubernetesSecrets } from "#shared/expand/testing/kubernetes-builder.ts";
import type { HostConfigInput } from "#shared/expand/testing/host-config-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedPath, ObservedState } from "#shared/state/observed.ts";
import { printPlan } from "./print.ts";
import { reconcile } from "./reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";

const now = Date.UTC(2026, 0, 1);
type Containers = NonNullable<HostConfigInput["containers"]>;

function wish(containers: Containers): DesiredState {
  return expand(hostConfig({ containers }));
}

function plan(desired: DesiredState, observed: ObservedState, fallback?: DesiredState): string {
  return printPlan(reconcile({ desired, fallback }, observed));
}

/** Digest names of directories are shortened so that plans can be read. */
function short(text: string): string {
  return text.replaceAll(/[0-9a-f]{32}/g, "<digest>");
}

const absent = new Map([["busybox:1", false]]);

test("a first start fetches the image, writes files, creates, starts and waits", () => {
  const desired = wish({ web: { image: "busybox:1", files: [{ path: "a.conf", content: "a" }] } });

  const text = plan(desired, { ...emptyState(now), images: absent });

  assert.equal(
    short(text),
    `fetch image busybox:1 (not there)
change files: 1 made, 1 written (missing or different)
    make directory /etc/kubernetes/web/<digest>
    write /etc/kubernetes/web/<digest>/a.conf
create web from busybox:1 (not there)
start web (not there)
wait until web is healthy, at most 60s (not there)
`,
  );
});

test("a directory that two containers need is made once, and is both's when one of them fails", () => {
  const mounts = [{ source: "/srv/data", target: "/data", create: { mode: "0750", uid: 7, gid: 7 } }];
  const desired = wish({ ant: { image: "busybox:1", mounts }, bee: { image: "busybox:1", mounts } });

  const { steps } = reconcile({ desired }, emptyState(now));

  assert.match(
    printPlan({ steps, blocked: [], warnings: [] }),
    /^change files: 1 made.*\n {4}make directory \/srv\/data\n(?! )/,
  );
  const [commit] = steps;
  assert.deepEqual(commit?.kind === "commitFiles" ? commit.arguments.directories : [], [
    { path: "/srv/data", mode: 0o750, uid: 7, gid: 7, components: ["ant", "bee"] },
  ]);
});

test("a host that is as desired gets an empty plan", () => {
  const desired = wish({
    web: { image: "busybox:1", files: [{ path: "a.conf", content: "a" }] },
    other: { image: "busybox:1" },
  });

  assert.equal(plan(desired, settledState(desired, now)), "nothing to do\n");
});

test("a changed image replaces the container: rename, create, stop, start, wait, remove", () => {
  const before = wish({ web: { image: "busybox:1" } });
  const after = wish({ web: { image: "busybox:2" } });

  const text = plan(after, settledState(before, now), before);

  assert.equal(
    text,
    `rename web to web.old (image changed from busybox:1 to busybox:2)
update web restart=no (image changed from busybox:1 to busybox:2)
create web from busybox:2 (image changed from busybox:1 to busybox:2)
stop web within 10s (image changed from busybox:1 to busybox:2)
start web (image changed from busybox:1 to busybox:2)
wait until web is healthy, at most 60s (image changed from busybox:1 to busybox:2)
remove the old web (its successor works)
`,
  );
});

test("a changed sealed file goes into a new directory, and the old directory goes last", () => {
  const before = wish({ web: { image: "busybox:1", files: [{ path: "a.conf", content: "a" }] } });
  const after = wish({ web: { image: "busybox:1", files: [{ path: "a.conf", content: "b" }] } });

  const lines = short(plan(after, settledState(before, now), before)).split("\n");

  assert.equal(lines[0], "change files: 1 made, 1 written (missing or different)");
  assert.equal(lines[3], "rename web to web.old (changed: files)");
  assert.equal(lines.at(-2), "    remove /etc/kubernetes/web/<digest>");
});

test("a changed live file is checked, replaced and signalled, and the container stays", () => {
  const live = (content: string): Containers => ({
    web: {
      image: "busybox:1",
      check: ["test", "{files}"],
      files: [{ path: "a.conf", content, effect: "signal", signal: "USR2" }],
    },
  });
  const before = wish(live("a"));

  const text = plan(wish(live("b")), settledState(before, now), before);

  assert.equal(
    text,
    `check files of web (changed files)
change files: 1 replaced (missing or different)
    replace /etc/kubernetes/web/live/a.conf
signal web USR2 (changed: /etc/kubernetes/web/live/a.conf)
wait until web is healthy, at most 60s (changed files came into force)
`,
  );
});

test("a changed file with effect restart stops and starts the same container", () => {
  const of = (content: string): Containers => ({
    web: { image: "busybox:1", files: [{ path: "/etc/web.conf", content, effect: "restart" }] },
  });
  const before = wish(of("a"));

  const text = plan(wish(of("b")), settledState(before, now), before);

  assert.equal(
    text,
    `change files: 1 replaced (missing or different)
    replace /etc/web.conf
stop web within 10s (changed: /etc/web.conf)
start web (changed: /etc/web.conf)
wait until web is healthy, at most 60s (changed: /etc/web.conf)
`,
  );
});

test("a changed live file without effect is on trial at once in a container that is not healthy", () => {
  const of = (content: string): Containers => ({
    web: { image: "busybox:1", files: [{ path: "/etc/web.conf", content }] },
  });
  const before = wish(of("a"));
  const ill: ObservedState = { ...settledState(before, now), health: new Map([["web", false]]) };
  const changed = reconcile({ desired: wish(of("b")), fallback: before }, ill);

  assert.equal(
    printPlan(changed),
    `change files: 1 replaced (missing or different)
    replace /etc/web.conf
wait until web is healthy, at most 60s (changed files came into force)
`,
  );
  assert.equal(plan(wish(of("b")), simulate(ill, changed.steps), before), "nothing to do\n");
});

test("what is no longer desired is stopped, removed and cleaned up", () => {
  const before = wish({ web: { image: "busybox:1", files: [{ path: "/etc/web.conf", content: "a" }] } });

  const text = plan(wish({}), settledState(before, now), before);

  assert.equal(
    text,
    `stop web within 10s (no longer desired)
remove web (no longer desired)
change files: 1 removed (no longer desired)
    remove /etc/web.conf
`,
  );
});

test("a stopped container is started, a wrong restart policy set right", () => {
  const desired = wish({ web: { image: "busybox:1" } });
  const settled = settledState(desired, now);
  const drifted: ObservedState = {
    ...settled,
    containers: settled.containers.map((container) => ({
      ...container,
      state: "exited",
      exitCode: 137,
      restart: "no",
    })),
    health: new Map([["web", false]]),
  };

  assert.equal(
    plan(desired, drifted),
    `update web restart=unless-stopped (restart policy differs)
start web (not running, exit code 137)
wait until web is healthy, at most 60s (not running, exit code 137)
`,
  );
});

test("a foreign container with our name blocks only its component", () => {
  const desired = wish({ other: { image: "busybox:1" }, web: { image: "busybox:1" } });
  const observed: ObservedState = {
    ...emptyState(now),
    foreign: [{ id: "x", name: "web" }],
    images: new Map([["busybox:1", true]]),
  };

  const result = reconcile({ desired }, observed);

  assert.deepEqual(
    result.blocked.map((blocked) => [blocked.container, blocked.code]),
    [["web", "name-taken"]],
  );
  assert.deepEqual([...new Set(result.steps.map((step) => step.subject))], ["other"]);
});

test("a directory where a file should be is a clear problem and nothing is lost", () => {
  const desired = wish({ web: { image: "busybox:1", files: [{ path: "/etc/web.conf", content: "a" }] } });
  const observed: ObservedState = {
    ...emptyState(now),
    paths: new Map([["/etc/web.conf", { type: "directory", mode: 0o755, uid: 0, gid: 0, entries: ["precious"] }]]),
  };

  assert.equal(
    plan(desired, observed),
    "! web: /etc/web.conf is a directory where a file should be: move it away on this host, or name another path in the cluster config (path-blocked)\n",
  );
});

test("a place that leads elsewhere than to a directory is to be put right, and not moved away", () => {
  const desired = wish({ web: { image: "busybox:1", files: [{ path: "/etc/web/web.conf", content: "a" }] } });
  const what = "below /etc/web, which is not a directory";
  const observed: ObservedState = {
    ...emptyState(now),
    paths: new Map([["/etc/web/web.conf", { type: "other", what }]]),
  };

  assert.equal(
    plan(desired, observed),
    `! web: /etc/web/web.conf is ${what} where a file should be: put that right on this host, or name another path in the cluster config (path-blocked)\n`,
  );
});

test("a foreign file at a path of ours is not overwritten unless takeOver says so", () => {
  const of = (takeOver: boolean): Containers => ({
    web: { image: "busybox:1", files: [{ path: "/etc/web.conf", content: "a", takeOver }] },
  });
  const foreign: ObservedState = {
    ...emptyState(now),
    paths: new Map([["/etc/web.conf", { type: "file", mode: 0o644, uid: 0, gid: 0, digest: "other", changedAt: 1 }]]),
    images: new Map([["busybox:1", true]]),
  };

  assert.match(plan(wish(of(false)), foreign), /^! web: \/etc\/web.conf differs and is not ours/);
  assert.match(plan(wish(of(true)), foreign), /^change files: 1 replaced .*\n {4}replace \/etc\/web.conf/);
});

test("a trial that failed is recorded, its container removed, the old one back and the specification rejected", () => {
  const before = wish({ web: { image: "busybox:1" } });
  const after = wish({ web: { image: "busybox:2" } });
  const started = simulate(
    settledState(before, now),
    reconcile({ desired: after, fallback: before }, settledState(before, now)).steps.slice(0, 5),
  );
  const late: ObservedState = { ...started, now: started.now + 61_000, health: new Map([["web", false]]) };

  const first = reconcile({ desired: after, fallback: before }, late);

  assert.equal(
    printPlan(first).replace(/id-[0-9]{9}/, "<id>"),
    `record the failure of web (not healthy in time)
stop web within 10s (the new container did not work)
remove web (the new container did not work)
rename web.old to web (the new container did not work)
update web restart=unless-stopped (the new container did not work)
start web (the new container did not work)
wait until web is healthy, at most 60s (the new container did not work)
remember web as rejected (the old container works, so the new one is at fault)
! web: the new configuration did not work (not healthy in time); the one before is in force until the host config changes (rejected)
`,
  );
  const back = simulate(late, first.steps);
  assert.match(plan(after, back, before), /^! web: the new configuration did not work .*\(rejected\)\n$/);
  const third = wish({ web: { image: "busybox:3" } });
  assert.match(plan(third, back, before), /create web from busybox:3/);
});

test("a restarted agent grants a trial one full deadline more, and only one", () => {
  const before = wish({ web: { image: "busybox:1" } });
  const after = wish({ web: { image: "busybox:2" } });
  const wished = { desired: after, fallback: before };
  const started = simulate(settledState(before, now), reconcile(wished, settledState(before, now)).steps.slice(0, 5));
  const late: ObservedState = {
    ...started,
    now: started.now + 600_000,
    agentStartedAt: started.now + 599_000,
    health: new Map([["web", false]]),
  };

  const wait = reconcile(wished, late).steps.find((step) => step.kind === "waitHealthy");

  assert.equal(wait?.arguments.until, late.now + 60_000);
  const id = wait.arguments.grantedTo ?? "";
  const again: ObservedState = {
    ...late,
    now: late.now + 61_000,
    agentStartedAt: late.now + 60_500,
    ledger: { ...late.ledger, trials: { web: { container: id, since: late.now } } },
  };
  assert.equal(reconcile(wished, again).steps[0]?.kind, "recordFailure");
});

test("a component's directory that is closed later is closed, and nothing else happens", () => {
  const web = { web: { image: "busybox:1", files: [{ path: "a.conf", content: "a" }] } };
  const before = wish(web);
  const after = expand(hostConfig({ containers: web, closedDirectories: true }));
  const closing = reconcile({ desired: after, fallback: before }, settledState(before, now));

  assert.equal(
    printPlan(closing),
    `change files: 1 made (missing or different)
    make directory /etc/kubernetes/web
`,
  );
  assert.equal(plan(after, simulate(settledState(before, now), closing.steps), before), "nothing to do\n");
  assert.equal(plan(after, settledState(after, now)), "nothing to do\n");
});

test("a file that is mounted by itself is made when a reboot took it, before its container starts, and never replaced", () => {
  const desired = expand(hostConfig({ kubeProxy: kubeProxy({ run: "lock-file" }), secrets: kubernetesSecrets() }));
  const settled = settledState(desired, now);
  const lock = "/run/xtables.lock";
  const rebooted = (found: ObservedPath): ObservedState => ({
    ...settled,
    paths: new Map([...settled.paths, [lock, found]]),
    containers: settled.containers.map((container) => ({ ...container, state: "exited" as const, exitCode: 128 })),
  });

  const text = plan(desired, rebooted({ type: "missing" }));
  assert.match(text, /^change files: 1 made [^\n]*\n    make file \/run\/xtables\.lock\nstart kube-proxy /);
  const own = { type: "file", mode: 0o644, uid: 0, gid: 0, digest: "other", changedAt: now } as const;
  assert.match(plan(desired, rebooted(own)), /^start kube-proxy /);
  const directory = { type: "directory", mode: 0o755, uid: 0, gid: 0, entries: [] } as const;
  assert.match(plan(desired, rebooted(directory)), /\/run\/xtables\.lock is a directory where a file should be/);
});
