// What status makes of the last report and of the containers that are there now.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake/fake-engine.ts";
import type { OtherLoop } from "#agent/presence/presence.ts";
import { createPatience } from "#agent/files/patience.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { Report, ReportedComponent } from "#agent/report/report.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { commandEnvironment } from "#agent/testing/command-environment.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { isProof, reportKey } from "#shared/acknowledgement/report-proof.ts";
import { agentOutputs } from "#agent/output/outputs.ts";
import { checkOutput } from "#shared/output/testing/check-output.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { expand } from "#shared/expand/expand.ts";
import { parseHostConfig } from "#shared/checks/parse-host-config.ts";
import { parseOptions } from "./options.ts";
import { statusCommand } from "./status.ts";

type Run = { readonly exitCode: number; readonly text: string };

/** `status` with these arguments on a host without any container. */
async function status(directory: string, ...args: readonly string[]): Promise<Run> {
  return statusBeside(undefined, directory, ...args);
}

/** `status` in a container whose loop stands by for this one. */
async function statusBeside(other: OtherLoop | undefined, directory: string, ...args: readonly string[]): Promise<Run> {
  const printed: string[] = [];
  const clock = new FakeClock({ auto: true });
  const engine = new FakeEngine({ clock });
  const exitCode = await statusCommand(
    parseOptions(["status", "--state", directory, ...args], {}),
    commandEnvironment({
      clock,
      engine,
      print: (text) => printed.push(text),
      otherLoop: async () => Promise.resolve(other),
    }),
  );
  const text = printed.join("");
  if (args.includes("--json")) checkOutput(agentOutputs, "status", text);
  return { exitCode, text };
}

async function keep(directory: string, report: Report): Promise<void> {
  const clock = new FakeClock();
  await (await openStateDirectory({ directory, clock, patience: createPatience({ clock }) })).writeReport(report);
}

/** The reasons that status shows on a host without any container. */
async function reasons(context: TestContext, ...components: readonly ReportedComponent[]): Promise<unknown> {
  const directory = temporaryRoot(context);
  await keep(directory, buildReport({ components }));
  const { text } = await status(directory, "--json");
  // our own report
  const report = JSON.parse(text) as { readonly components: readonly ReportedComponent[] };
  return report.components.map(({ state, reason }) => [state, reason]);
}

test("a container that went is missing since the report; one that was missing keeps its reason", async (context) => {
  const running = buildComponent();
  const missing = buildComponent({
    name: "kubelet",
    state: "missing",
    healthy: false,
    reason: "the host is not ready",
  });

  assert.deepEqual(await reasons(context, running, missing), [
    ["missing", "missing since the last report"],
    ["missing", "the host is not ready"],
  ]);
});

test("after a reboot nothing of the report before it is shown as if it were so now", async (context) => {
  const directory = temporaryRoot(context);
  await keep(directory, buildReport({ components: [buildComponent()], boot: { id: "another", uptimeMs: 1 } }));

  const { text } = await status(directory);

  assert.match(text, /etcd-h1 +missing +\?/);
  assert.match(text, /the host was started anew since this report/);
});

const given = "apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n";

test("status tells of the host config that lies there now, and its exit code whether that is in force", async (context) => {
  const directory = temporaryRoot(context);
  const file = `${directory}/host.yaml`;
  const problems = [{ path: "", problem: "what was wrong yesterday" }];
  await keep(directory, buildReport({ problems, result: "config-invalid", source: { file } }));
  writeFileSync(`${directory}/in-force.yaml`, given);

  writeFileSync(file, "half: [");
  const half = await status(directory, "--exit-code");
  writeFileSync(file, `${given}generation: 4\n`);
  const pending = await status(directory, "--exit-code");

  assert.equal(half.exitCode, 65);
  assert.doesNotMatch(half.text, /yesterday/);
  assert.match(half.text, /host\.yaml:1:/);
  assert.equal(pending.exitCode, 65);
  assert.match(pending.text, /warning: the given host config is another one, and not in force yet/);
});

test("what --json prints is proven by the host config in force, states of now included, and report.json has no proof", async (context) => {
  const directory = temporaryRoot(context);
  await keep(directory, buildReport({ components: [buildComponent()] }));
  const inForce = `${given}generation: 3\nsecrets: { hash-key: 0123456789abcdef }\n`;
  writeFileSync(`${directory}/in-force.yaml`, inForce);

  // our own report
  const printed = JSON.parse((await status(directory, "--json")).text) as Report;

  assert.equal(printed.components[0]?.state, "missing");
  assert.ok(isProof(printed.proof ?? "", printed, reportKey(inForce, "0123456789abcdef")));
  assert.doesNotMatch(readFileSync(`${directory}/report.json`, "utf8"), /proof|configText/);
});

test("who else may write the host config now is told, whatever the report says", async (context) => {
  const directory = temporaryRoot(context);
  const file = `${directory}/host.yaml`;
  await keep(directory, buildReport({ source: { file } }));
  writeFileSync(file, given, { mode: 0o600 });
  const before = await status(directory);

  chmodSync(file, 0o666);
  const after = await status(directory);

  assert.doesNotMatch(before.text, /may write it/);
  assert.match(after.text, /warning: .*host\.yaml: group \d+ and everybody may write it/);
});

test("what only the agent can know of its host config is told while it is in force", async (context) => {
  const directory = temporaryRoot(context);
  const file = `${directory}/host.yaml`;
  const parsed = parseHostConfig(given, file);
  assert.ok(parsed.ok);
  const problems = [{ path: "", problem: "what is put there now is not seen here" }];
  const configDigest = expand(parsed.value, {}).config;
  await keep(directory, buildReport({ problems, configDigest, result: "config-invalid", source: { file } }));
  for (const each of [file, `${directory}/in-force.yaml`]) writeFileSync(each, given);

  const { exitCode, text } = await status(directory, "--exit-code");

  assert.equal(exitCode, 65);
  assert.match(text, /is not seen here/);
});

test("a wait ends after its time with the code of the present state, and tells what it waits for", async (context) => {
  const directory = temporaryRoot(context);
  await keep(directory, buildReport({ components: [buildComponent()], source: { file: "-" } }));

  const { exitCode, text } = await status(directory, "--wait", "5s");

  assert.equal(exitCode, 70);
  assert.match(text, /^waiting: etcd-h1: missing since the last report\n/);
});

test("the time to wait may be left out, and must be one", () => {
  assert.equal(parseOptions(["status", "--wait"], {}).waitMs, 600_000);
  assert.equal(parseOptions(["status", "--wait", "--json"], {}).waitMs, 600_000);
  assert.equal(parseOptions(["status", "--wait", "1m30s"], {}).waitMs, 90_000);
  assert.equal(parseOptions(["--wait", "status"], {}).waitMs, 600_000);
  for (const wrong of [["--wait=soon"], ["--wait", "soon"], ["--wait", "1.5h"], ["--wait", "3"], ["--wait", "-5s"]])
    assert.throws(
      () => parseOptions(["status", ...wrong], {}),
      (error) => isFlexkubeError(error, "INTERNAL_USAGE") && error.details.argument === "--wait",
      wrong.join(" "),
    );
  assert.throws(() => parseOptions(["plan", "--exit-code"], {}), /not understood/);
});

test("a loop that stands by is told of, with its own report, another one's and none", async (context) => {
  const directory = temporaryRoot(context);
  const other = { container: "ab".repeat(32), since: "2026-11-28T08:16:37.000Z" };
  const said =
    /another agent's loop is at work on this host since 2026-11-28T08:16:37\.000Z \(container abababababab\)/;

  const without = await statusBeside(other, directory, "--exit-code");
  await keep(directory, buildReport());
  const beside = await statusBeside(other, directory, "--exit-code");

  for (const { exitCode, text } of [without, beside]) {
    assert.equal(exitCode, 70);
    assert.match(text, said);
  }
});

test("without a report, a state directory that can keep none is told", async (context) => {
  const root = temporaryRoot(context);
  writeFileSync(`${root}/file`, "");

  const [file, nowhere] = [await status(`${root}/file`), await status(`${root}/nowhere`)];

  assert.match(file.text, /^no report yet.*\nthe state directory cannot be used \(it is no directory\)\n$/);
  assert.match(nowhere.text, /^no report yet.*\n$/);
});
