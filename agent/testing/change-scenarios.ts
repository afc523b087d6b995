// Hosts in memory right before a change, for tests that let something go wrong at every call of it.
import assert from "node:assert/strict";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake-program.ts";
import { lockBound } from "#shared/reconcile/testing/lock-bound.ts";
import { withOnce } from "#shared/reconcile/testing/once-containers.ts";
import { createFakeHost } from "./fake-host.ts";
import type { FakeHost } from "./fake-host.ts";

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

/** A host config with these containers. */
export function config(containers: string): string {
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n${containers}`;
}

/** Its image may be any of the programs; a sealed and a live file, and a data directory. */
export const web = (image: string, content: string): string => `  web:
    image: ${image}
    restart: always
    probe: {settle: 1s, deadline: 5s}
    mounts: [{source: /var/lib/web, target: /data, create: {}}]
    files:
      - {path: sealed.conf, content: ${content}}
      - {path: live.conf, content: ${content}, effect: none}
`;
/** Takes its file by a signal, after a check. */
export const signalled = (content: string): string => `  signalled:
    image: server:1
    check: [--check, "{files}"]
    files: [{path: a.conf, content: ${content}, effect: signal}]
`;
/** Takes its file by a restart. */
export const restarted = (content: string): string => `  restarted:
    image: server:1
    probe: {settle: 1s}
    files: [{path: /etc/restarted.conf, content: ${content}, effect: restart, takeOver: true}]
`;

/** It runs to its end, and a server waits for that. */
export const installed = (image: string, content: string): string => `  install:
    image: ${image}
    probe: {deadline: 5s}
    files: [{path: script.sh, content: ${content}}]
  user:
    image: server:1
    dependsOn: [install]
    probe: {settle: 1s}
`;

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
  if (before !== undefined) {
    host.give(before);
    await host.settle();
  }
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
