// `events`: what the agent did to the containers of this host, what they did without it, and why. Reads the state directory alone.
import { namesIn, printEvents, selectEvents } from "#agent/report/print-events.ts";
import { openStateDirectory } from "#agent/report/state-directory.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import { usage } from "#shared/command-line/usage.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { wallTime } from "#shared/clock.ts";
import { exitCodes } from "#shared/errors.ts";
import type { FlexkubeError } from "#shared/errors.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0, also without any. Throws FILES_UNREADABLE for a log that is there and cannot be read, INTERNAL_USAGE for an unknown name. */
export async function eventsCommand(options: Options, environment: Environment): Promise<number> {
  const { clock, patience, print, printError } = environment;
  let refused: FlexkubeError<"FILES_UNREADABLE"> | undefined;
  const tell = (error: FlexkubeError<"FILES_UNREADABLE">): void => {
    refused ??= error;
  };
  const state = await openStateDirectory({ directory: options.state, clock, patience, tell });
  const all = await state.readEvents(Number.MAX_SAFE_INTEGER);
  if (refused !== undefined) throw refused;
  const { name } = options;
  if (name !== undefined) await refuseUnknown(name, all, state);
  const since = options.sinceMs === undefined ? undefined : wallTime(clock).epochMs - options.sinceMs;
  const events = selectEvents(all, { name, since });
  if (options.json) print(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  else if (events.length === 0)
    printError(`no events in ${options.state}${all.length === 0 ? "" : " that were asked for"}\n`);
  else print(printEvents(events));
  return exitCodes.ok;
}

/** One that runs for long may have no event any more. */
async function refuseUnknown(
  name: string,
  events: Awaited<ReturnType<StateStore["readEvents"]>>,
  state: Pick<StateStore, "readReport">,
): Promise<void> {
  const known = namesIn([...events, ...((await state.readReport())?.components ?? [])]);
  if (known.length === 0 || known.includes(name)) return;
  throw usage(name, `there is no such component${orKnown(name, known)}`);
}
