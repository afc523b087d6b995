// What one tick on a host in memory reports.
import { runTick } from "#agent/tick/run-tick.ts";
import type { Report } from "#agent/report/report.ts";
import type { Agent } from "#agent/tick/tick.ts";
import type { FakeHost } from "./fake-host.ts";

/** One tick as the loop runs it, of a new agent unless told; an aborted signal ends it as SIGTERM does. */
export async function reportOfTick(
  host: FakeHost,
  options: { readonly agent?: Agent; readonly signal?: AbortSignal } = {},
): Promise<Report> {
  const { agent = await host.newAgent(), signal = new AbortController().signal } = options;
  const loop = { agent, version: "test", signal, onReport: () => undefined };
  return (await runTick(loop, { count: 1, before: await host.state.readReport() })).report;
}
