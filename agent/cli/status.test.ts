// What status makes of the last report and of the containers that are there now.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { FakeClock } from "#agent/engine/fake-clock.ts";
import { FakeEngine } from "#agent/engine/fake.ts";
import { createPatience } from "#agent/files/patience.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { ReportedComponent } from "#agent/report/report.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { parseOptions } from "./options.ts";
import { statusCommand } from "./status.ts";

/** The reasons that status shows on a host without any container. */
async function reasons(context: TestContext, ...components: readonly ReportedComponent[]): Promise<unknown> {
  const directory = temporaryRoot(context);
  const clock = new FakeClock();
  await (await openStateDirectory({ directory, clock })).writeReport(buildReport({ components }));
  const printed: string[] = [];
  await statusCommand(parseOptions(["status", "--json", "--state", directory], {}), {
    env: {},
    pid: 1,
    signal: new AbortController().signal,
    clock,
    patience: createPatience({ clock }),
    random: () => 0,
    print: (text) => printed.push(text),
    printError: (text) => printed.push(text),
    readStandardInput: async () => Promise.resolve(""),
    connect: async () => Promise.resolve(Object.assign(new FakeEngine({ clock }), { close: () => undefined })),
    createLogger: async () => Promise.resolve(pino({ level: "silent" })),
  });
  // our own report
  const report = JSON.parse(printed.join("")) as { readonly components: readonly ReportedComponent[] };
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
