// `healthcheck`: what the image's HEALTHCHECK runs.
import { runHealthcheck } from "#agent/health/healthcheck-command.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0 while the loop writes reports, else 1. */
export async function healthcheckCommand(options: Options, environment: Environment): Promise<number> {
  const store = await openStateDirectory({ directory: options.state, clock: environment.clock });
  return runHealthcheck({ store, clock: environment.clock, print: (line) => environment.print(`${line}\n`) });
}
