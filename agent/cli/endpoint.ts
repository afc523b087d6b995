// What the loop tells the health endpoint: the newest report, the page made of it, and the metrics; where it listens follows the host config.
import type { Loaded } from "#agent/tick/load-config.ts";
import { createServedPage } from "#agent/page/served-page.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { createMetrics } from "#agent/health/metrics.ts";
import { startHealthServer } from "#agent/health/server.ts";
import type { HealthServer } from "#agent/health/server.ts";
import type { LoopOptions } from "#agent/tick/loop.ts";
import type { Report } from "#agent/report/report.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { version } from "#shared/version.ts";

export type Endpoint = Pick<LoopOptions, "onReport"> & {
  readonly onProgress: (report: Report, loaded: Loaded | undefined) => void;
  /** Listens where this host config says. */
  readonly follow: (config: HostConfig) => void;
  readonly close: () => Promise<void>;
};

type Sources = Omit<Parameters<typeof startHealthServer>[0], "address" | "port">;
type Log = { readonly warn: (fields: object, message: string) => void };

/** Listens as soon as a host config that asks for it is known, in the middle of the first tick too. */
export function createEndpoint(
  about: Pick<Sources, "clock" | "boot"> & Pick<StateStore, "readEvents">,
  log: Log,
): Endpoint {
  const metrics = createMetrics({ version });
  let last: Report | undefined;
  const lastReport = (): Report | undefined => last;
  const page = createServedPage({ ...about, lastReport });
  const server = createServerKeeper({ ...about, metrics, lastReport, page }, log);
  return {
    onProgress: (report, loaded) => {
      last = report;
      if (loaded !== undefined) server.listen(loaded.config.agent.listen);
    },
    onReport: (report, tick) => {
      last = report;
      metrics.recordTick(report);
      for (const execution of tick?.executions ?? []) {
        for (const step of execution.done) metrics.recordStep({ kind: step.kind, result: "ok" });
        for (const { step } of execution.failures) metrics.recordStep({ kind: step.kind, result: "failed" });
      }
      if (tick?.loaded !== undefined) server.listen(tick.loaded.config.agent.listen);
    },
    follow: ({ agent }) => server.listen(agent.listen),
    close: server.close,
  };
}

type Listen = { readonly address: string; readonly port: number } | undefined;
type ServerKeeper = { readonly listen: (listen: Listen) => void; readonly close: () => Promise<void> };

/** Follows the host config: opens, moves and closes the endpoint; a taken port is logged and tried again. */
function createServerKeeper(sources: Sources, log: Log): ServerKeeper {
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
