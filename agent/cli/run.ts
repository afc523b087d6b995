// `run`: the loop, with the optional health endpoint beside it.
import { createTidier, ownHeap } from "#agent/collect-garbage.ts";
import { createMetrics } from "#agent/health/metrics.ts";
import { startHealthServer } from "#agent/health/server.ts";
import type { HealthServer } from "#agent/health/server.ts";
import { runLoop } from "#agent/loop.ts";
import type { Report } from "#agent/report/report.ts";
import { exitCodes } from "#shared/errors.ts";
import { version } from "#shared/version.ts";
import { buildAgent } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";
import { preflight } from "./preflight.ts";

/** Ends with 0 after SIGTERM. */
export async function runCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, hub, log, close } = await buildAgent(options, environment, { keep: true });
  const { signal, random, clock } = environment;
  log.info({ version, config: options.config, state: options.state }, "agent starts");
  if (!agent.tree.free)
    log.warn(
      { hostRoot: options.hostRoot },
      "the host's / is not mounted: every tick reads files through a config container",
    );
  await preflight(agent.engine, log);
  const metrics = createMetrics({ version });
  let last: Report | undefined;
  const tidy = createTidier(ownHeap());
  const server = createServerKeeper({ metrics, clock, lastReport: () => last }, log);
  const events = Promise.all([hub.run(signal), agent.applierLease.run(signal)]);
  try {
    await runLoop({
      agent,
      version,
      signal,
      random,
      events: hub,
      // a resident program that does little: collect early rather than grow, but not within a tick
      tidy,
      onReport: (report, tick) => {
        last = report;
        metrics.recordTick(report);
        for (const execution of tick?.executions ?? []) {
          for (const step of execution.done) metrics.recordStep({ kind: step.kind, result: "ok" });
          for (const { step } of execution.failures) metrics.recordStep({ kind: step.kind, result: "failed" });
        }
        if (tick?.loaded !== undefined) server.listen(tick.loaded.config.agent.listen);
      },
    });
  } finally {
    await events;
    await server.close();
    close();
  }
  log.info({}, "agent ends");
  return exitCodes.ok;
}

type Listen = { readonly address: string; readonly port: number } | undefined;
type ServerKeeper = { readonly listen: (listen: Listen) => void; readonly close: () => Promise<void> };

/** Follows the host config: opens, moves and closes the endpoint; a taken port is logged and tried again. */
function createServerKeeper(
  sources: Omit<Parameters<typeof startHealthServer>[0], "address" | "port">,
  log: { readonly warn: (fields: object, message: string) => void },
): ServerKeeper {
  let now: { readonly key: string; readonly server: Promise<HealthServer | undefined> } = {
    key: "",
    server: Promise.resolve(undefined),
  };
  const open = async (listen: Listen, before: Promise<HealthServer | undefined>): Promise<HealthServer | undefined> => {
    await (await before)?.close();
    if (listen === undefined) return undefined;
    try {
      return await startHealthServer({ ...sources, ...listen });
    } catch (error) {
      log.warn({ ...listen, err: error }, "the health endpoint cannot listen");
      now = { key: "", server: Promise.resolve(undefined) };
      return undefined;
    }
  };
  return {
    listen: (listen) => {
      const key = listen === undefined ? "" : `${listen.address} ${listen.port}`;
      if (key !== now.key) now = { key, server: open(listen, now.server) };
    },
    close: async () => (await now.server)?.close(),
  };
}
