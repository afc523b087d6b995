// The last report with what the engine says now. It never probes, so health of what has changed is not known.
import type { WallTime } from "#shared/clock.ts";
import type { ContainerDetails, ContainerSummary, Engine } from "#agent/engine/engine.ts";
import { labelKeys } from "#agent/engine/labels.ts";
import { createImageLabels } from "#agent/self/image-labels.ts";
import { agentsContainers } from "#agent/self/whose-container.ts";
import type { Labelled } from "#agent/self/whose-container.ts";
import type { Report, ReportedComponent } from "#agent/report/report.ts";

/** Throws ENGINE_* when it does not answer at all; a container that it cannot tell of keeps what the list says. */
export async function withPresentStates(
  report: Report,
  engine: Engine,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal },
): Promise<Report> {
  const present = (await listed(engine, signal)).map(({ summary }) => summary);
  const details = new Map<string, ContainerDetails>();
  const looks = present.map(async ({ id, name }) => {
    details.set(name, await engine.inspect(id, { signal }));
  });
  await Promise.allSettled(looks);
  const components = report.components.map((component) => {
    const found = present.find(({ name }) => name === component.name);
    return presentOf(component, { found, details: details.get(component.name), report, now });
  });
  return { ...report, components };
}

/** A report about a host whose agent has written none: only what the engine and the labels tell. */
export async function reportFromEngine(
  engine: Engine,
  about: Pick<Report, "writtenAt" | "agentVersion"> & { readonly stale: string; readonly signal: AbortSignal },
): Promise<Report | undefined> {
  const { stale, signal, ...stamp } = about;
  const present = await listed(engine, signal);
  const components = present.map(componentFromLabels);
  const first = present[0]?.ownership;
  if (first === undefined) return undefined;
  return {
    version: 1,
    ...stamp,
    cluster: first.cluster,
    host: first.host,
    tick: 0,
    intervalMs: 0,
    durationMs: 0,
    result: "working",
    stepCount: 0,
    problems: [],
    blocked: [],
    components,
    warnings: [],
    stale,
  };
}

async function listed(engine: Engine, signal: AbortSignal): Promise<readonly Labelled[]> {
  const list = await engine.list({ label: labelKeys.spec, signal });
  return agentsContainers(list, { imageLabels: createImageLabels(engine), signal });
}

function componentFromLabels({ summary, ownership }: Labelled): ReportedComponent {
  const { name, state, image } = summary;
  const { component, container, specHash } = ownership;
  return { component, container, name, state, healthy: false, image, spec: specHash.slice(0, 12) };
}

/** A report of which the engine tells nothing now: what it says of times may be from before a restart, when it is stale. */
export function withoutPresentStates(report: Report): Report {
  if (report.stale === undefined) return report;
  return { ...report, components: report.components.map(({ startedAt: _, endedAt: __, ...rest }) => rest) };
}

type Present = {
  readonly found: ContainerSummary | undefined;
  readonly details: ContainerDetails | undefined;
  readonly report: Report;
  readonly now: number;
};

function presentOf(component: ReportedComponent, present: Present): ReportedComponent {
  const { found, details, report } = present;
  const stale = report.stale !== undefined;
  const state = found?.state ?? "missing";
  const isOther = state !== component.state;
  const unknown = isOther ? undefined : unknownSince(present);
  const reason = isOther ? `${state} since the last report` : component.healthy ? unknown : component.reason;
  return {
    ...component,
    state,
    healthy: component.healthy && !isOther && unknown === undefined && !stale,
    reason: stale && !isOther ? undefined : reason,
    startedAt: timeOf(details?.startedAt),
    ...(component.endedAt === undefined ? {} : { endedAt: timeOf(details?.finishedAt) }),
  };
}

/** Why the report's word on its health is about another run of it. A start that seems to lie ahead is a clock that was set back. */
function unknownSince({ found, details, report, now }: Present): string | undefined {
  if (found === undefined) return undefined;
  if (details === undefined) return "the engine does not tell of it now";
  const startedMs = details.startedAt?.epochMs ?? 0;
  const isNew = startedMs > Date.parse(report.writtenAt) && startedMs <= now;
  return isNew ? "started since the last report: its health is not known before the agent has looked" : undefined;
}

function timeOf(time: WallTime | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time.epochMs).toISOString();
}
