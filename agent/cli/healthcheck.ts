// `healthcheck`: what the image's HEALTHCHECK runs.
import { rowsText } from "#shared/printable.ts";
import { wallTime } from "#shared/clock.ts";
import { readBoot } from "#agent/facts/boot.ts";
import { runHealthcheck } from "#agent/health/healthcheck-command.ts";
import { lockedByLoop } from "#agent/presence/locked-by-loop.ts";
import type { OtherLoop } from "#agent/presence/presence.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0 while the loop writes reports and its ticks succeed, else 1; also when it stands by for another one. */
export async function healthcheckCommand(options: Options, environment: Environment): Promise<number> {
  const store = await openStateDirectory({ directory: options.state, ...environment });
  const present = { now: wallTime(environment.clock).epochMs, boot: await readBoot() };
  const other = await lookForOther(options, environment);
  const print = (line: string): void => environment.print(rowsText([line]));
  return runHealthcheck({ store, present, standsBy: other && lockedByLoop(other).message, print });
}

async function lookForOther({ socket }: Options, { connect, otherLoop }: Environment): Promise<OtherLoop | undefined> {
  if (otherLoop === undefined) return undefined;
  const engine = await connect(socket);
  try {
    return await otherLoop(engine);
  } finally {
    engine.close();
  }
}
