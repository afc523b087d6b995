// `healthcheck`: what the image's HEALTHCHECK runs.
import { readBoot } from "#agent/boot.ts";
import { runHealthcheck } from "#agent/health/healthcheck-command.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0 while the loop writes reports and its ticks succeed, else 1. */
export async function healthcheckCommand(options: Options, environment: Environment): Promise<number> {
  const store = await openStateDirectory({ directory: options.state, clock: environment.clock });
  const present = { now: environment.clock.now(), boot: await readBoot() };
  return runHealthcheck({ store, present, print: (line) => environment.print(`${line}\n`) });
}
