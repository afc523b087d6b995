// A web server as a place of host configs, asked beside the ticks.
import { createPolledSource } from "#agent/sources/polled-source.ts";
import { readAuthorities } from "#agent/sources/authorities.ts";
import { askWebServer } from "#agent/sources/ask-web-server.ts";
import { shownUrl } from "#agent/sources/shown-url.ts";
import type { ConfigSource } from "#agent/tick/config-source.ts";
import { createNudges } from "#agent/tick/nudges.ts";
import type { Nudges } from "#agent/tick/nudges.ts";
import type { StateStore } from "#agent/report/state-store.ts";
import type { Environment } from "./environment.ts";

/** A place that is asked beside the ticks. */
export type AskedPlace = {
  readonly source: ConfigSource;
  /** Counts other answers than before. */
  readonly changes: Nudges;
  /** Asks until the signal aborts. */
  readonly watch: (signal: AbortSignal) => Promise<void>;
};

export type PlaceOptions = Pick<Environment, "clock" | "random" | "patience" | "hangups" | "signal"> & {
  readonly hostRoot: string;
  /** Certificates of those that alone may have signed the servers'. */
  readonly configCa?: string | undefined;
  readonly state: Pick<StateStore, "readReport" | "readConfig">;
  readonly loop: boolean;
  readonly place: Pick<ConfigSource, "host" | "addresses" | "signers" | "firstSigners">;
};

const defaultIntervalMs = 60_000;

export function createWebSource(url: URL, about: PlaceOptions): AskedPlace {
  const { clock, random, patience, hangups, hostRoot, configCa, loop, place } = about;
  const name = shownUrl(url);
  const changes = createNudges();
  const polled = createPolledSource({
    name,
    ask: async (mark, signal) =>
      askWebServer(
        { url, authorities: async () => readAuthorities({ file: configCa, hostRoot, patience }) },
        mark,
        signal,
      ),
    clock,
    random,
    pace: paceOf(about),
    wake: hangups,
    changed: changes.tell,
  });
  const source: ConfigSource = {
    ...place,
    name,
    isRemote: true,
    // what others may bring is newer, whatever a person has said of a file
    allowOlder: false,
    read: async ({ hasConfig }) => polled.read({ waits: !(loop && hasConfig), signal: about.signal }),
  };
  return { source, changes, watch: polled.watch };
}

/** As often as the host's ticks, by what the state directory tells. */
export function paceOf({ state }: Pick<PlaceOptions, "state">): Parameters<typeof createPolledSource>[0]["pace"] {
  return async () => ({
    intervalMs: (await state.readReport())?.intervalMs ?? defaultIntervalMs,
    hasConfig: (await state.readConfig("in-force")) !== undefined,
  });
}
