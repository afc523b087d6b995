import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Plan, Step } from "#shared/state/step.ts";
import { previewPlan } from "./preview-host.ts";
import { planSummary } from "./summarize-plan.ts";

const now = 1_767_225_600_000;
const files = [
  { path: "/etc/live.conf", content: "a" },
  { path: "sealed.conf", content: "a" },
];
const web = { image: "web:1", files };

function parsed(containers: object, host = "h1"): HostConfig {
  const head = { apiVersion: "flexkube/v1alpha1", kind: "Host", cluster: "demo", host, generation: 1 };
  const result = parseHostConfig(JSON.stringify({ ...head, containers }), "host.yaml");
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  return result.value;
}

function summary(before: object | undefined, after: object, host = "h1"): readonly string[] {
  const old = before === undefined ? undefined : parsed(before, host);
  return planSummary(previewPlan(parsed(after, host), old, now), host);
}

const changes: readonly (readonly [string, object | undefined, object, readonly string[]])[] = [
  ["nothing", { web }, { web }, ["nothing to do"]],
  ["a new host", undefined, { web, other: { image: "web:1" } }, ["image web:1, 2 files, 2 new containers: other, web"]],
  [
    "an image of two containers",
    { one: { image: "web:1" }, two: { image: "web:1" } },
    { one: { image: "web:2" }, two: { image: "web:2" } },
    ["image web:2", "replace one, two (image changed from web:1 to web:2)"],
  ],
  ["one more", { web }, { web, more: { image: "web:1" } }, ["1 new container: more"]],
  ["one less", { web, more: { image: "web:1" } }, { web }, ["remove more (no longer desired)"]],
  ["a limit", { web }, { web: { ...web, resources: { cpus: 1 } } }, ["update web (resource limits differ)"]],
  [
    "a sealed file",
    { web },
    { web: { ...web, files: [files[0], { path: "sealed.conf", content: "b" }] } },
    ["1 file of web", "replace web (changed: files)"],
  ],
];

for (const [what, before, after, expected] of changes)
  test(`the summary tells ${what}`, () => {
    assert.deepEqual(summary(before, after), expected);
  });

test("the summary is the same on every host, also where containers have the host's name at their end", () => {
  const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/).filter((host) => host !== "all");
  fc.assert(
    fc.property(name, name, (one, other) => {
      const on = (host: string): readonly string[] =>
        summary(
          { [`db-${host}`]: web },
          { [`db-${host}`]: { ...web, image: "web:2" }, [`next-${host}`]: { image: "web:2" } },
          host,
        );
      assert.deepEqual(on(one), on(other));
      assert.match(on(one).join("\n"), /^replace db \(image changed/m);
    }),
  );
});

test("a plan with any step is never told as nothing to do", () => {
  const probe = { settle: "2s", interval: "1s", timeout: "2s", threshold: 1, deadline: "60s" };
  const about = { subject: "web", component: "web", cause: "why" };
  const steps: readonly Step[] = [
    { ...about, kind: "removeHelper", arguments: { id: "1", name: "helper" } },
    { ...about, kind: "waitHealthy", arguments: { probe, digest: "" } },
    { ...about, kind: "renameContainer", arguments: { id: "1", from: "a", to: "web" } },
    { ...about, kind: "signalContainer", arguments: { id: "1", signal: "HUP", delivers: {} } },
    { ...about, kind: "stopContainer", arguments: { id: "1", timeoutSeconds: 3 } },
    { ...about, kind: "commitFiles", arguments: { directories: [], fresh: [], replaced: [], removed: [] } },
  ];
  const told = steps.map((step): string => {
    const plan: Plan = { steps: [step], blocked: [], warnings: [] };
    return planSummary(plan, "h1").join("; ");
  });

  assert.deepEqual(told, [
    "remove helper web (why)",
    "wait until web is healthy, at most 60s (why)",
    "rename web (why)",
    "signal HUP to web (why)",
    "stop web (why)",
    "change files:  (why)",
  ]);
});

test("what is blocked and warned of is told", () => {
  const blocked = [
    { component: "web", container: "web-h1", code: "waiting", reason: "web-h1 waits for web-h12" } as const,
  ];

  assert.deepEqual(planSummary({ steps: [], blocked, warnings: ["odd"] }, "h1"), [
    "! web: web waits for web-h12 (waiting)",
    "! odd",
  ]);
});
