// Labels and taints of a pool that change: the agent sets them at the node, and the kubelet and its pods stay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { hostFacts, kubelet, kubernetesSecrets } from "#shared/expand/testing/kubernetes-builder.ts";
import type { DesiredState } from "#shared/state/desired.ts";
import { reconcile } from "#shared/reconcile/reconcile.ts";
import { emptyState, settledState } from "#shared/simulate/settled-state.ts";
import { simulate } from "#shared/simulate/simulate.ts";
import type { Step } from "#shared/state/step.ts";

const now = Date.UTC(2026, 0, 1);
const taint = { key: "db", effect: "NoSchedule" } as const;

type Marks = NonNullable<ReturnType<typeof kubelet>["registration"]>;

/** Node `h1` with these marks, as the planner says them: to the kubelet and to the agent. */
function desired(marks: Marks): DesiredState {
  const section = kubelet({ registration: marks });
  return expand(
    hostConfig({ kubelet: section, node: { name: "h1", api: section.api, ...marks }, secrets: kubernetesSecrets() }),
    hostFacts(),
  );
}

function startArguments(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => (step.kind === "createContainer" ? step.arguments.startArgs : []));
}

const changes: readonly (readonly [what: string, before: Marks, after: Marks, files?: "file"])[] = [
  ["a label that changes", { labels: { rack: "a" } }, { labels: { rack: "b" } }],
  ["a label that goes", { labels: { rack: "a" } }, {}],
  ["a taint that comes", {}, { taints: [taint] }, "file"],
  [
    "a taint's value that changes",
    { taints: [{ ...taint, value: "a" }] },
    { taints: [{ ...taint, value: "b" }] },
    "file",
  ],
  ["a taint that goes", { taints: [taint] }, {}, "file"],
];
for (const [what, before, after, file] of changes)
  test(`${what}: no new kubelet, node patched`, () => {
    const settled = settledState(desired(before), now);

    const { steps, blocked } = reconcile({ desired: desired(after), fallback: desired(before) }, settled);

    assert.deepEqual(blocked, []);
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      [...(file === undefined ? [] : ["commitFiles"]), "patchNode"],
    );
    assert.deepEqual(reconcile({ desired: desired(after) }, simulate(settled, steps)).steps, []);
  });

test("a kubelet that is made anew for another reason is told what holds then", () => {
  const marks: Marks = {
    labels: { zone: "a", rack: "7" },
    taints: [
      { ...taint, value: "x" },
      { key: "b", effect: "NoExecute" },
    ],
  };

  const all = desired(marks);
  const { steps } = reconcile({ desired: all }, emptyState(now));

  assert.deepEqual(startArguments(steps), ["--node-labels=rack=7,zone=a", "--config-dir=/etc/flexkube/live"]);
  const dropIn = all.containers[0]?.live.find(({ path }) => path.endsWith("/live/registration.conf"));
  assert.ok(typeof dropIn?.content === "string");
  assert.deepEqual(JSON.parse(dropIn.content), {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    registerWithTaints: [
      { key: "db", value: "x", effect: "NoSchedule" },
      { key: "b", value: "", effect: "NoExecute" },
    ],
  });
});

test("a directory of drop-ins that the config says stays, and taints are a flag then", () => {
  const section = kubelet({
    registration: {
      taints: [
        { ...taint, value: "x" },
        { key: "b", effect: "NoExecute" },
      ],
    },
    args: { "config-dir": "/etc/drop-ins" },
  });

  const { containers } = expand(hostConfig({ kubelet: section, secrets: kubernetesSecrets() }), hostFacts());

  assert.deepEqual(containers[0]?.startArgs, ["--register-with-taints=b=:NoExecute,db=x:NoSchedule"]);
  assert.equal(
    containers[0]?.live.some(({ path }) => path.endsWith("registration.conf")),
    false,
  );
});

test("without marks, and where the config says the flag itself, none is added", () => {
  const section = kubelet({ registration: { labels: { a: "b" } }, args: { "node-labels": "c=d" } });
  const said = expand(hostConfig({ kubelet: section, secrets: kubernetesSecrets() }), hostFacts());

  assert.deepEqual(
    [desired({}), said].map(({ containers: [first] }) => first?.startArgs),
    [[], []],
  );
});
