// `logs`: what a component's container has written, each stream on its own.
import type { Engine } from "#agent/engine/engine.ts";
import type { OutputPiece } from "#agent/engine/frames.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { agentsContainers } from "#agent/self/whose-container.ts";
import type { Labelled } from "#agent/self/whose-container.ts";
import { usage } from "#shared/command-line/usage.ts";
import { orKnown } from "#shared/argument-fault.ts";
import { wallTime } from "#shared/clock.ts";
import { exitCodes } from "#shared/errors.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

/** Exit code 0, also where following was ended. Throws INTERNAL_USAGE for a name that no container of ours has, ENGINE_*. */
export async function logsCommand(options: Options, environment: Environment): Promise<number> {
  const { clock, unread } = environment;
  const signal = AbortSignal.any([environment.signal, unread]);
  const engine = await environment.connect(options.socket);
  try {
    const { id } = await containerNamed(options.name, engine, signal);
    const { tail, follow, sinceMs: ageMs } = options;
    const sinceMs = ageMs === undefined ? undefined : wallTime(clock).epochMs - ageMs;
    await pourAll(engine.output(id, { tail, follow, sinceMs }, { signal }), environment);
    return exitCodes.ok;
  } finally {
    engine.close();
  }
}

/** A character that two pieces share stays whole. */
async function pourAll(pieces: AsyncIterable<OutputPiece>, { pour }: Pick<Environment, "pour">): Promise<void> {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { stream, bytes } of pieces) await pour(stream, decoders[stream].decode(bytes, { stream: true }));
  for (const stream of ["stdout", "stderr"] as const) {
    const half = decoders[stream].decode();
    if (half !== "") await pour(stream, half);
  }
}

async function containerNamed(
  name: string | undefined,
  engine: Pick<Engine, "list" | "imageLabels">,
  signal: AbortSignal,
): Promise<Labelled["summary"]> {
  const list = await engine.list({ label: labelKeys.spec, signal });
  const ours = await agentsContainers(list, { imageLabels: createImageLabels(engine), signal });
  const found = name === undefined ? { fault: `which component's?${known(ours)}` } : chosen(name, ours);
  if ("fault" in found) throw usage(name ?? "logs", found.fault);
  return found.summary;
}

/** A container's present name is meant before the one that it was made for, and that before its component. */
export function chosen(
  name: string,
  ours: readonly Labelled[],
): { readonly summary: Labelled["summary"] } | { readonly fault: string } {
  const ways: readonly ((one: Labelled) => string)[] = [
    ({ summary }) => summary.name,
    ({ ownership }) => ownership.container,
    ({ ownership }) => ownership.component,
  ];
  const [first, second] =
    ways.map((way) => ours.filter((one) => way(one) === name)).find((all) => all.length > 0) ?? [];
  if (first === undefined) {
    const names = namesOf(ours);
    return {
      fault:
        names.length === 0
          ? "there are no containers of ours on this host"
          : `there is no such component${orKnown(name, names)}`,
    };
  }
  if (second !== undefined)
    return {
      fault: `it has more than one container${known(ours.filter(({ ownership }) => ownership.component === name || ownership.container === name))}`,
    };
  return { summary: first.summary };
}

function known(ours: readonly Labelled[]): string {
  const names = ours.map(({ summary }) => summary.name).toSorted();
  return names.length === 0 ? "" : `: ${names.join(", ")}`;
}

function namesOf(ours: readonly Labelled[]): readonly string[] {
  return [...new Set(ours.flatMap(({ summary, ownership }) => [summary.name, ownership.component]))].toSorted();
}
