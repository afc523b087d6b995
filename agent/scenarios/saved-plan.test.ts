// A saved plan on a host in memory: it is done as it was printed, or not at all.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { acceptOnly } from "#agent/cli/saved-plan.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { makeSavedPlan } from "#agent/saved-plan/make-saved-plan.ts";
import { parseSavedPlan, savedText } from "#agent/saved-plan/saved-plan.ts";
import type { SavedPlan } from "#agent/saved-plan/saved-plan.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import type { FakeHost } from "#agent/testing/fake-host.ts";
import { config, files, mutations, one, programs } from "#agent/testing/small-servers.ts";
import { look, tick } from "#agent/tick/tick.ts";
import type { Tick, TickExtras } from "#agent/tick/tick.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import { stepLines } from "#shared/reconcile/print.ts";
import { version } from "#shared/version.ts";

const file = "plan.json";
const { signal } = new AbortController();
const live = "/etc/kubernetes/web/live/live.conf";
const before = `${one("server:1", files("a"))}  other: {image: "server:1"}\n`;

/** Written and read, as on a disk. */
async function saved(host: FakeHost): Promise<SavedPlan> {
  const agent = await host.newAgent();
  const loaded = await agent.load(signal);
  const looked = { ...loaded, ...(await look(agent, loaded, { signal })) };
  const text = savedText(makeSavedPlan(looked, { agentVersion: version, at: "2026-11-30T10:00:00Z" }));
  return parseSavedPlan(text, { file, version });
}

async function apply(host: FakeHost, plan: SavedPlan, accept?: TickExtras["accept"]): Promise<Tick> {
  return tick(await host.newAgent(), signal, { accept: accept ?? acceptOnly({ file, plan }, host.clock) });
}

async function refusal(host: FakeHost, plan: SavedPlan): Promise<{ readonly code: string; readonly about: string }> {
  return apply(host, plan).then(
    () => ({ code: "none", about: "" }),
    (error: unknown) => {
      if (!isFlexkubeError(error)) throw error;
      return { code: error.code, about: JSON.stringify(error.details) };
    },
  );
}

/** What its steps were printed as. */
function printed(plan: SavedPlan): readonly string[] {
  return plan.steps.flatMap(({ lines }) => lines);
}

async function settled(extra: Parameters<typeof createFakeHost>[0] = {}): Promise<FakeHost> {
  const host = createFakeHost({ ...programs, ...extra });
  host.give(config(before));
  await host.settle();
  return host;
}

const changes = {
  "a new host": undefined,
  "another image": before.replace("server:1", "server:2"),
  "other files": before.replaceAll("content: a", "content: b"),
  "a container more": `${before}  third: {image: "server:3"}\n`,
  "a container less": one("server:1", files("a")),
  "nothing at all": before,
};

describe("a plan that is still that of the moment is done as it was printed", () => {
  for (const [what, after] of Object.entries(changes))
    test(what, async () => {
      const host = after === undefined ? createFakeHost(programs) : await settled();
      host.give(config(after ?? before));
      const plan = await saved(host);
      // time alone makes it no other one
      await host.clock.sleep(3_600_000);

      const { executions, error } = await apply(host, plan);

      assert.equal(error, undefined);
      assert.deepEqual(
        executions.flatMap(({ done }) => done.flatMap(stepLines)),
        printed(plan),
      );
      assert.equal(plan.steps.length > 0, after !== before);
      const { result, executions: more } = await host.tick();
      assert.deepEqual([result, more], ["settled", []]);
    });
});

/** What happens to a host whose `web` is to be changed, and what is told of it. */
const events: Readonly<Record<string, readonly [act: (host: FakeHost) => unknown, code: string, told: RegExp]>> = {
  "its container ends": [
    async (host) => host.engine.stop("web", 1),
    "PLAN_OUTDATED",
    /"component":"web","what":"container web","was":"[0-9a-z-]+, running","is":"[0-9a-z-]+, exited with 0"/,
  ],
  "another's container ends": [
    async (host) => host.engine.stop("other", 1),
    "PLAN_OUTDATED",
    /"component":"other","what":"step start other [^"]*","was":"not planned","is":"planned/,
  ],
  "its container is removed": [
    async (host) => host.engine.remove("web"),
    "PLAN_OUTDATED",
    /"what":"container web","was":"[^"]+","is":"not there"/,
  ],
  "one of its files is edited": [
    (host) => host.engine.host.write(live, "edited"),
    "PLAN_OUTDATED",
    /"component":"web","what":"path \/etc\/kubernetes\/web\/live\/live.conf","was":"file, [^"]*","is":"file, /,
  ],
  "one of its files has another mode": [
    (host) => host.engine.host.write(live, "a", { mode: 0o666 }),
    "PLAN_OUTDATED",
    /"was":"file, mode 0644[^"]*","is":"file, mode 0666/,
  ],
  "the image that it needs is gone": [
    (host) => host.engine.images.remove("server:2"),
    "PLAN_OUTDATED",
    /"component":"web","what":"step fetch image server:2 \(not there\)","was":"not planned"/,
  ],
  "it was done already": [async (host) => host.tick(), "PLAN_OUTDATED", /"is":"not planned"/],
  "another host config comes": [
    (host) => host.give(config(before.replace("server:1", "server:3"))),
    "PLAN_OTHER_CONFIG",
    /other content/,
  ],
  "a host config of another generation comes": [
    (host) => host.give(config(before.replace("server:1", "server:2"), 7)),
    "PLAN_OTHER_CONFIG",
    /for a host config without a generation, the one that would be applied is of generation 7/,
  ],
};

describe("a plan that is not that of the moment is refused without a changing call, by what differs, when", () => {
  for (const [what, [act, code, told]] of Object.entries(events))
    test(what, async () => {
      const host = await settled();
      host.give(config(before.replace("server:1", "server:2")));
      const plan = await saved(host);
      await act(host);
      const calls = host.engine.calls.length;

      const found = await refusal(host, plan);

      assert.equal(found.code, code);
      assert.match(found.about, told);
      assert.deepEqual(mutations(host, calls), []);
    });
});

test("what changes between the look and the lock is seen under the lock, which then is all that was made", async () => {
  const host = await settled();
  host.give(config(before.replace("server:1", "server:2")));
  const plan = await saved(host);
  const accept = acceptOnly({ file, plan }, host.clock);
  let looks = 0;
  const calls = host.engine.calls.length;

  const applied = apply(host, plan, (looked) => {
    looks += 1;
    accept(looked);
    host.engine.host.write(live, "edited");
  });

  await assert.rejects(applied, (error) => isFlexkubeError(error, "PLAN_OUTDATED"));
  assert.equal(looks, 2);
  assert.deepEqual(mutations(host, calls), ["create flexkube-lock", "remove flexkube-lock"]);
});

/** Its change of `web` does not work, and spoils a file of `fine` meanwhile. */
async function spoiled(): Promise<FakeHost> {
  const spoils = ({ host, log }: FakeRun): FakeOutcome => {
    log("cannot bind");
    host.write("/etc/kubernetes/fine/live/live.conf", "edited");
    return { endsAfterMs: 5, exitCode: 3 };
  };
  const host = await settled({ "spoils:1": spoils });
  const fine = `  fine:\n    image: server:1\n${files("a")}`;
  host.give(config(before + fine));
  await host.settle();
  host.give(config(before.replace("server:1", "spoils:1") + fine));
  return host;
}

test("a component whose step fails goes back, and what has come up meanwhile is left for another plan", async () => {
  const [host, other] = [await spoiled(), await spoiled()];
  const kept = ({ engine }: FakeHost): string =>
    Buffer.from(engine.host.read("/etc/kubernetes/fine/live/live.conf")).toString();

  const { result, executions } = await apply(host, await saved(host));

  assert.equal(result, "failed");
  const done = executions.flatMap((execution) => execution.done);
  assert.deepEqual(new Set(done.map(({ component }) => component)), new Set(["web"]));
  const web = host.engine.containers.find(({ name }) => name === "web");
  assert.deepEqual([web?.image, web?.state, kept(host)], ["server:1", "running", "edited"]);
  // as a tick by nobody's word would have done
  await other.tick();
  assert.equal(kept(other), "a");
});
