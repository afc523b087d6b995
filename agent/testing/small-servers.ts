// A host in memory with containers of small servers, for tests of what ticks do.
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { createFakeHost } from "./fake-host.ts";
import type { FakeHost } from "./fake-host.ts";

/** What `server` images run: it starts, and stays. */
export const server = (): FakeOutcome => ({});

const broken = ({ log }: FakeRun): FakeOutcome => {
  log("cannot bind");
  return { endsAfterMs: 5, exitCode: 3 };
};

/** Images that stay up, and one that does not. */
export const programs = { "server:1": server, "server:2": server, "server:3": server, "broken:1": broken };

/** A host config with these containers. */
export function config(containers: string, generation?: number): string {
  const counted = generation === undefined ? "" : `generation: ${generation}\n`;
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\n${counted}containers:\n${containers}`;
}

/** The container `web`, and more of its fields. */
export function one(image: string, more = ""): string {
  return `  web:\n    image: ${image}\n    restart: always\n    probe: {settle: 1s, deadline: 5s}\n${more}`;
}

/** A sealed and a live file, as fields of a container. */
export function files(content: string): string {
  return `    files:\n      - {path: sealed.conf, content: ${content}}\n      - {path: live.conf, content: ${content}, effect: none}\n`;
}

/** A host on which these containers run and nothing is left to do. */
export async function settledHost(containers: string): Promise<FakeHost> {
  const host = createFakeHost(programs);
  host.give(config(containers));
  await host.settle();
  return host;
}

/** Calls since the first `since` ones that change something, as `METHOD SUBJECT`. */
export function mutations(host: FakeHost, since: number): readonly string[] {
  return host.engine.calls
    .slice(since)
    .filter((call) => call.mutating)
    .map((call) => `${call.method} ${call.subject}`);
}
