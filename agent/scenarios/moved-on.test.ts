// A container that ends, restarts or vanishes between the look and the call: a new plan is made in the same tick, a bounded number of
// times, and an engine that refuses for good is told in its own words.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { engineConflict, engineNotFound, engineRefused } from "#agent/engine/errors.ts";
import type { EngineMethod } from "#agent/engine/fake/fake-faults.ts";
import { prepare } from "#agent/testing/change-scenarios.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, restarted, signalled, web } from "#agent/testing/container-texts.ts";

const all = (content: string, image: string): string =>
  config(web(image, content) + signalled(content) + restarted(content));

const calls: readonly EngineMethod[] = ["update", "rename", "stop", "create", "start", "remove", "kill"];

/** As Docker words them. */
const answers = {
  "gone since": (call: string) => engineNotFound(call, "No such container: 0123"),
  "being removed": (call: string) => engineConflict(call, "removal of container 0123 is already in progress"),
  "between two restarts": (call: string) =>
    engineConflict(call, "Container 0123 is restarting, wait until the container is running"),
  "ended since": (call: string) =>
    engineRefused(call, { status: 500, reason: "runc did not terminate successfully: container not running" }),
};

/** A host that is to be changed, so that each call is made on a container. */
async function changing(): Promise<FakeHost> {
  return prepare({ name: "update", before: all("one", "server:1"), after: all("two", "server:2") });
}

const ours = (subject: string): boolean => /^(web|signalled|restarted)(\.old)?$/.test(subject);
const isJudged = (call: EngineMethod): boolean => call === "create" || call === "start";

for (const call of calls)
  describe(call, () => {
    for (const [what, errorOf] of Object.entries(answers)) {
      test(`on a container that is ${what} leads to a new plan in the same tick`, async () => {
        const host = await changing();
        const error = errorOf(call);
        host.engine.faults.fail(call, error, 1, ours);

        const { executions } = await host.tick();

        const failures = (executions ?? []).flatMap((execution) => execution.failures);
        assert.ok(
          failures.some((failure) => failure.error === error),
          "the call was met",
        );
        const after = await host.tick();
        // a verdict on what the engine refused to start holds for its time
        if (!isJudged(call) || what !== "ended since") assert.deepEqual(after.executions ?? [], []);
      });
    }

    // a refusal of what is made or started is a verdict, with a way back
    if (!isJudged(call))
      test("refused for good ends the tick after few plans, and is told", async () => {
        const host = await changing();
        const error = engineRefused(call, { status: 500, reason: "no space left on device" });
        host.engine.faults.fail(call, error, 1000, ours);

        const done = await host.tick();

        assert.equal(done.result, "failed");
        assert.equal(done.error, error);
        assert.ok((done.executions ?? []).length <= 6);
      });
  });
