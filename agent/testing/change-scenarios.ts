// Hosts in memory right before a change, for tests that let something go wrong at every call of it.
import assert from "node:assert/strict";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";
import { data } from "./container-texts.ts";
import { createFakeHost } from "./fake-host.ts";
import type { FakeHost } from "./fake-host.ts";
import { addData, watchOwners } from "./owned-data.ts";

const server = (): FakeOutcome => ({});
const broken = ({ log }: FakeRun): FakeOutcome => {
  log("cannot start");
  return { endsAfterMs: 10, exitCode: 3 };
};
const installer = ({ host, step }: FakeRun): FakeOutcome => {
  step("install");
  host.write("/etc/tool", "tool");
  return { endsAfterMs: 300 };
};
const programs = {
  "server:1": server,
  "server:2": server,
  "broken:1": broken,
  "installer:1": installer,
  "installer:2": installer,
};

export type Scenario = {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string;
  /** Its container stops only under the disruption lock. */
  readonly bound?: boolean;
};

/** The check of `signalled` runs the server's image with other arguments and must end. */
function programFor(program: (run: FakeRun) => FakeOutcome): (run: FakeRun) => FakeOutcome {
  return (run) => (run.command.includes("--check") ? { endsAfterMs: 5 } : program(run));
}

/** A host on which `before` has settled and to which `after` was given. */
export async function prepare({ before, after, bound = false }: Scenario): Promise<FakeHost> {
  const host = createFakeHost(
    Object.fromEntries(Object.entries(programs).map(([image, program]) => [image, programFor(program)])),
    { shape: (desired) => (bound ? lockBound(desired) : withOnce(desired, { install: ["/etc/tool"] })) },
  );
  if (bound) watchStops(host);
  watchOwners(host);
  if (before !== undefined) {
    host.give(before);
    await host.settle();
  }
  if (host.engine.host.exists(data)) addData(host);
  host.give(after);
  return host;
}

/** A container that works must not be stopped while this host does not hold the lock. */
function watchStops({ engine, disruption }: FakeHost): void {
  const stop = engine.stop.bind(engine);
  engine.stop = async (id, ...rest) => {
    const found = engine.containers.find((container) => container.id === id);
    if (found?.state === "running" && found.image.startsWith("server:"))
      assert.equal(disruption.holder()?.host, "h1", `${found.name} is stopped without the lock`);
    return stop(id, ...rest);
  };
}
