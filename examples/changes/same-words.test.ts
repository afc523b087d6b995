// `diff` where the config is written and `plan` on the host say the same of a change, in the same words, whatever changes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { look } from "#agent/tick/tick.ts";
import { previewHost } from "#planner/split/report/preview-host.ts";
import { printPlan } from "#shared/reconcile/print.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";

type Fields = Readonly<Record<string, unknown>>;

const head = { apiVersion: "flexkube/v1alpha1", kind: "Host", cluster: "demo", host: "h1" };
const files = [
  { path: "sealed.conf", content: "a" },
  { path: "quiet.conf", content: "a", effect: "none" },
  { path: "signalled.conf", content: "a", effect: "signal", signal: "USR1" },
  { path: "/etc/restarting.conf", content: "a", effect: "restart" },
  { path: "secret.conf", secret: "token" },
];
const web: Fields = {
  image: "server:1",
  files,
  args: ["serve"],
  env: { A: "1" },
  resources: { memoryBytes: 100_000_000 },
  mounts: [{ source: "/srv/web", target: "/srv", create: {} }],
};
const secrets = { token: "one" };

/** A host config with `web` and a container that no change here is about. */
function config(container: Fields, generation: number, more: Fields = {}): string {
  const containers = { web: container, bystander: { image: "server:1" } };
  return JSON.stringify({ ...head, generation, containers, secrets, ...more });
}

function parsed(text: string): HostConfig {
  const result = parseHostConfig(text, "host.yaml");
  assert.ok(result.ok, result.ok ? "" : JSON.stringify(result.problems));
  return result.value;
}

function withFile(path: string, change: Fields): Fields {
  return { ...web, files: files.map((file) => (file.path === path ? { ...file, ...change } : file)) };
}

const { resources: _limit, ...unlimited } = web;
const { mounts: _mounts, ...unmounted } = web;

const changes: Readonly<Record<string, Fields>> = {
  "its image": { ...web, image: "server:2" },
  arguments: { ...web, args: ["serve", "--more"] },
  "a variable": { ...web, env: { A: "2" } },
  "variables and arguments": { ...web, env: { B: "1" }, args: [] },
  entrypoint: { ...web, entrypoint: ["/bin/web"] },
  user: { ...web, user: "7:7" },
  labels: { ...web, labels: { a: "b" } },
  network: { ...web, networkMode: "bridge" },
  ports: { ...web, networkMode: "bridge", ports: [{ hostPort: 8080, containerPort: 80 }] },
  "a read-only root": { ...web, readOnlyRoot: false },
  capabilities: { ...web, capabilities: { add: ["NET_ADMIN"] } },
  tmpfs: { ...web, tmpfs: { "/run/web": "size=1m" } },
  sysctls: { ...web, networkMode: "bridge", sysctls: { "net.ipv4.ip_forward": "1" } },
  "time to stop": { ...web, stopTimeout: "3s" },
  "a limit": { ...web, resources: { memoryBytes: 200_000_000 } },
  "no limit any more": unlimited,
  "no mount any more": unmounted,
  "another mount": { ...web, mounts: [{ source: "/srv/web", target: "/data", create: {} }] },
  "the probe": { ...web, probe: { settle: "3s" } },
  "a sealed file": withFile("sealed.conf", { content: "b" }),
  "a sealed file's mode": withFile("sealed.conf", { mode: "0600" }),
  "a quiet file": withFile("quiet.conf", { content: "b" }),
  "a file with a signal": withFile("signalled.conf", { content: "b" }),
  "a file for a restart": withFile("/etc/restarting.conf", { content: "b" }),
  "a file's owner": withFile("/etc/restarting.conf", { uid: 7 }),
  "a file's effect": withFile("quiet.conf", { effect: "restart" }),
  "a file less": { ...web, files: files.slice(1) },
  "no files any more": { ...web, files: [] },
  "a file more": { ...web, files: [...files, { path: "more.conf", content: "a" }] },
  "image, files and a limit": {
    ...withFile("sealed.conf", { content: "b" }),
    image: "server:2",
    resources: { memoryBytes: 200_000_000 },
  },
  nothing: web,
};

/** What the planner says, and what the agent of a host says on which the config before has settled. */
async function said(before: string, after: string): Promise<{ readonly diff: string; readonly plan: string }> {
  const host = createFakeHost({ "server:1": () => ({}), "server:2": () => ({}) });
  host.give(before);
  await host.settle();
  host.give(after);
  const agent = await host.newAgent();
  const { signal } = new AbortController();
  const { plan } = await look(agent, await agent.load(signal), { signal });
  const lines = previewHost(parsed(after), parsed(before), host.clock.now());
  return { diff: comparable(lines), plan: comparable(printPlan(plan).trimEnd().split("\n")) };
}

/** But for images, which the planner cannot know to be on the host. */
function comparable(lines: readonly string[]): string {
  return lines.filter((line) => !line.startsWith("fetch image ")).join("\n");
}

for (const [what, container] of Object.entries(changes))
  test(`diff and plan say the same when it changes: ${what}`, async () => {
    const { diff, plan } = await said(config(web, 1), config(container, 2));

    assert.equal(plan, diff);
    assert.doesNotMatch(plan, /id-of-|specification changed/);
  });

test("diff and plan say the same of a secret, a container more, one less and another name", async () => {
  const before = config(web, 1);
  for (const [what, more] of Object.entries({
    secret: { secrets: { token: "two" } },
    more: { containers: { web, bystander: { image: "server:1" }, third: { image: "server:2" } } },
    less: { containers: { bystander: { image: "server:1" } } },
    renamed: { containers: { webb: unmounted, bystander: { image: "server:1" } } },
  })) {
    const { diff, plan } = await said(before, config(web, 2, more));

    assert.equal(plan, diff, what);
    assert.notEqual(plan, "nothing to do");
  }
});
