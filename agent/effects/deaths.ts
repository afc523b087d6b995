// Deaths of containers during a tick: a wait for one container's probe ends early, so that another is repaired.
import type { Log } from "#agent/log/round-log.ts";
import type { Engine, EngineEvent } from "#agent/engine/engine.ts";
import { parseOwnership } from "#agent/engine/labels.ts";
import type { ImageLabels } from "#agent/self/image-labels.ts";
import { mayBeOurs } from "#agent/self/whose-container.ts";
import { isFlexkubeError } from "#shared/errors.ts";
import type { DesiredState } from "#shared/state/desired.ts";

/** Calls the listener for every container that is said to have ended, until the returned function is called. */
export type ListenToDeaths = (listener: (event: EngineEvent) => void) => () => void;

export type DeathWatch = {
  /** A new look sees everything that has happened so far. */
  readonly begin: () => void;
  /** For a wait for the container `awaited`: its signal aborts when another one of ours is found dead. */
  readonly watch: (awaited: string) => {
    readonly signal: AbortSignal;
    /** The name of the dead one. */
    readonly dead: () => string | undefined;
    readonly end: () => Promise<void>;
  };
  readonly forget: () => void;
};

/** A container that dies again and again must not keep a wait of others from its end. */
const endsPerTick = 3;

type Sources = {
  readonly engine: Pick<Engine, "inspect">;
  readonly imageLabels: ImageLabels;
  readonly listen: ListenToDeaths;
  readonly desired: DesiredState;
  readonly log: Log;
};

/** Watches for one tick. An event is a hint; one look at the container decides. */
export function createDeathWatch({ engine, imageLabels, listen, desired, log }: Sources): DeathWatch {
  const hints = new Set<EngineEvent>();
  const ended = new Set<string>();
  let onHint: (event: EngineEvent) => void = () => undefined;
  const forget = listen((event) => {
    if (!isWanted(event, desired)) return;
    hints.add(event);
    onHint(event);
  });
  return {
    begin: () => hints.clear(),
    forget,
    watch: (awaited) => {
      const death = new AbortController();
      const over = new AbortController();
      const looks: Promise<void>[] = [];
      let dead: string | undefined;
      const confirm = async (event: EngineEvent): Promise<void> => {
        if (event.name === awaited || !mayEnd(event.name, ended)) return;
        if (!(await isDead(event, { engine, imageLabels, log, signal: over.signal }))) return;
        if (over.signal.aborted || death.signal.aborted || !mayEnd(event.name, ended)) return;
        ended.add(event.name);
        dead = event.name;
        death.abort(new Error(`${event.name} has ended`));
      };
      onHint = (event) => void looks.push(confirm(event));
      for (const event of hints) onHint(event);
      return {
        signal: death.signal,
        dead: () => dead,
        end: async () => {
          onHint = () => undefined;
          over.abort();
          await Promise.all(looks);
        },
      };
    },
  };
}

function mayEnd(name: string, ended: ReadonlySet<string>): boolean {
  return ended.size < endsPerTick && !ended.has(name);
}

/** One that the config asks for, under its own name: what was replaced or is to go has ended by our own step. */
function isWanted({ labels, name }: EngineEvent, desired: DesiredState): boolean {
  const ownership = parseOwnership(labels);
  if (ownership?.cluster !== desired.cluster || ownership.host !== desired.host || ownership.container !== name)
    return false;
  return desired.containers.some((container) => container.name === name && container.once === undefined);
}

type Looking = Pick<Sources, "engine" | "imageLabels" | "log"> & { readonly signal: AbortSignal };

/** True when nobody but us starts it again: while its restart policy will, its state is `restarting`. */
async function isDead({ containerId, name }: EngineEvent, looking: Looking): Promise<boolean> {
  const { engine, log, signal } = looking;
  try {
    const found = await engine.inspect(containerId, { signal });
    const isDown = found.name === name && (found.state === "exited" || found.state === "dead");
    return isDown && (await mayBeOurs(found, looking));
  } catch (error) {
    if (isFlexkubeError(error, "ENGINE_NOT_FOUND")) return true;
    if (!signal.aborted) log.debug({ err: error, container: name }, "a container that has ended cannot be looked at");
    return false;
  }
}
