// What the engine answers, as far as we use it: loose schemas and the way from them to our types. Pure.
import * as z from "zod";
import { RestartPolicy } from "#shared/schema/words/words.ts";
import type { WallTime } from "#shared/clock.ts";
import type { ContainerDetails, ContainerSummary, EngineEvent, EngineInfo } from "./engine.ts";
import { engineUnsupported } from "./errors.ts";
import { resourcesOf } from "./limits.ts";

/** What is no text is no label of ours. */
const Labels = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((labels) => {
    const texts: Record<string, string> = {};
    for (const [key, value] of Object.entries(labels ?? {})) if (typeof value === "string") texts[key] = value;
    return texts;
  });
const Limit = z.number().nullish();

/**
 * One container of a list. Of one that is half removed an engine may tell half: what is missing is told by its inspect, or makes that
 * one unknown, and never the list.
 */
export const ListedContainer = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish().catch(undefined),
  Image: z.string().catch(""),
  ImageID: z.string().catch(""),
  Labels: Labels.catch({}),
  State: z.string().catch(""),
});
export type ListedContainer = z.infer<typeof ListedContainer>;

/**
 * The answer to "list containers". What has no id cannot be asked about: its name stays taken, which is for whoever wants it. A list of
 * nothing but such is none.
 */
export const ContainerList = z.array(z.unknown()).transform((items, context) => {
  const listed = items.flatMap((item) => ListedContainer.safeParse(item).data ?? []);
  if (items.length > 0 && listed.length === 0) context.addIssue({ code: "custom", message: "no item has an id" });
  return listed;
});
export type ContainerList = z.infer<typeof ContainerList>;

/** The answer to "inspect container". */
export const InspectedContainer = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  Path: z.string().default(""),
  Args: z.array(z.string()).nullish(),
  Image: z.string(),
  /** What is no count is none that anybody could add to. */
  RestartCount: z.int().nonnegative().catch(0),
  State: z.object({
    Status: z.string(),
    Pid: z.number().default(0),
    ExitCode: z.number(),
    Error: z.string().default(""),
    OOMKilled: z.boolean().default(false),
    StartedAt: z.string(),
    FinishedAt: z.string(),
  }),
  Config: z.object({ Image: z.string(), Labels, User: z.string().default("") }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
    Memory: Limit,
    CpuPeriod: Limit,
    CpuQuota: Limit,
    NanoCpus: Limit,
    CpuShares: Limit,
    PidsLimit: Limit,
  }),
  NetworkSettings: z
    .object({ Networks: z.record(z.string(), z.object({ NetworkID: z.string().default("") }).nullish()).nullish() })
    .nullish(),
});
export type InspectedContainer = z.infer<typeof InspectedContainer>;

/** The answer to "version". */
export const VersionAnswer = z.object({
  ApiVersion: z.string(),
  MinAPIVersion: z.string().default("1.12"),
  Components: z
    .array(z.object({ Name: z.string() }))
    .nullish()
    .transform((components) => components ?? []),
});
export type VersionAnswer = z.infer<typeof VersionAnswer>;

/** The answer to "info". */
export const InfoAnswer = z.object({
  ServerVersion: z.string(),
  CgroupVersion: z.string().default("1"),
  CgroupDriver: z.string().default(""),
  SecurityOptions: z.array(z.string()).nullish(),
});
export type InfoAnswer = z.infer<typeof InfoAnswer>;

/** The answer to "inspect image". */
export const InspectedImage = z.object({
  Id: z.string(),
  /** Null for an image without any. */
  Config: z
    .object({ Labels })
    .nullish()
    .transform((config) => config ?? { Labels: {} }),
});
export type InspectedImage = z.infer<typeof InspectedImage>;

/** The answer to "create container". */
export const IdAnswer = z.object({ Id: z.string() });
export type IdAnswer = z.infer<typeof IdAnswer>;

/** Header of the answers about a path of a container's files; `mode` is Go's. */
export const PathStat = z.object({
  name: z.string(),
  size: z.number(),
  mode: z.number(),
  mtime: z.string(),
  linkTarget: z.string().default(""),
});
export type PathStat = z.infer<typeof PathStat>;

export const WaitAnswer = z.object({
  StatusCode: z.number(),
  Error: z.object({ Message: z.string() }).nullish(),
});
export type WaitAnswer = z.infer<typeof WaitAnswer>;

/** One line of the event stream. Attributes hold the container's name, its image and its labels. */
export const EventLine = z.object({
  Type: z.string().optional(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: Labels }),
});
export type EventLine = z.infer<typeof EventLine>;

/** One line of a pull or load: both answer 200 and tell of their failure here. */
export const ProgressLine = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).partial().optional(),
  progressDetail: z.object({ current: z.number().optional() }).nullish(),
});
export type ProgressLine = z.infer<typeof ProgressLine>;

/** The answer as its schema has it; throws ENGINE_UNSUPPORTED when the engine speaks otherwise. */
export function understood<Schema extends z.ZodType>(schema: Schema, answer: unknown, call: string): z.infer<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const reason = `${call}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not understood"}`;
  throw engineUnsupported(reason);
}

/** Throws ENGINE_UNSUPPORTED also for another container's answer: who went on with its id would stop or remove that one. */
export function inspectedFor(asked: string, answer: unknown): InspectedContainer {
  const inspected = understood(InspectedContainer, answer, "inspect");
  if (inspected.Id.startsWith(asked) || inspected.Name === `/${asked}`) return inspected;
  throw engineUnsupported(`inspect: asked for ${asked}, it answers for ${inspected.Id}`);
}

export function containerSummaryOf(item: ListedContainer): ContainerSummary {
  return {
    id: item.Id,
    name: ownName(item.Names ?? []),
    labels: item.Labels,
    state: item.State,
    image: item.Image,
    imageId: item.ImageID,
  };
}

/** Names as seen through links of other containers have a second slash (`/other/alias`). */
function ownName(names: readonly string[]): string {
  const own = names.find((name) => name.lastIndexOf("/") === 0) ?? names[0] ?? "";
  return own.replace(/^\//, "");
}

export function containerDetailsOf(answer: InspectedContainer): ContainerDetails {
  const { State: state, HostConfig: host } = answer;
  const restart = RestartPolicy.safeParse(host.RestartPolicy?.Name);
  return {
    id: answer.Id,
    name: answer.Name.replace(/^\//, ""),
    labels: answer.Config.Labels,
    state: state.Status,
    image: answer.Config.Image,
    imageId: answer.Image,
    user: answer.Config.User,
    startedAt: wallTimeOf(state.StartedAt),
    finishedAt: wallTimeOf(state.FinishedAt),
    createdAt: wallTimeOf(answer.Created) ?? { epochMs: 0 },
    pid: state.Pid === 0 ? undefined : state.Pid,
    command: [answer.Path, ...(answer.Args ?? [])],
    exitCode: state.ExitCode,
    error: state.Error,
    oomKilled: state.OOMKilled,
    restartCount: answer.RestartCount,
    // a container made without a policy has an empty name here
    restart: restart.success ? restart.data : "no",
    resources: resourcesOf(host),
    networks: Object.keys(answer.NetworkSettings?.Networks ?? {}).toSorted(),
  };
}

export function engineInfoOf(
  answer: InfoAnswer,
  { engine, apiVersion }: Pick<EngineInfo, "engine" | "apiVersion">,
): EngineInfo {
  return {
    engine,
    version: answer.ServerVersion,
    apiVersion,
    cgroupVersion: answer.CgroupVersion,
    cgroupDriver: answer.CgroupDriver,
    securityOptions: answer.SecurityOptions ?? [],
  };
}

/** `exec_create: sh …` and the like carry their command after the action's name; it is cut off. Podman says `remove` for `destroy`. */
export function engineEventOf(line: EventLine): EngineEvent {
  const { name = "", ...labels } = line.Actor.Attributes;
  const action = line.Action.split(":")[0] ?? "";
  const exitCode = exitCodeIn(labels);
  return {
    action: action === "remove" ? "destroy" : action,
    containerId: line.Actor.ID,
    name,
    labels,
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

/** An attribute of `die`; Podman calls it otherwise, and neither is a label that anybody would choose. */
function exitCodeIn(attributes: Readonly<Record<string, string>>): number | undefined {
  const text = attributes["exitCode"] ?? attributes["containerExitCode"];
  return text !== undefined && /^[0-9]{1,3}$/.test(text) ? Number(text) : undefined;
}

/**
 * Epoch milliseconds of an RFC 3339 time; undefined for Go's zero time. Digits beyond milliseconds are cut before
 * parsing, since engines differ in how many they write.
 */
export function epochMs(time: string): number | undefined {
  if (time === "" || time.startsWith("0001-01-01T")) return undefined;
  const ms = Date.parse(time.replace(/(\.[0-9]{3})[0-9]+/, "$1"));
  return Number.isNaN(ms) ? undefined : ms;
}

function wallTimeOf(time: string): WallTime | undefined {
  const ms = epochMs(time);
  return ms === undefined ? undefined : { epochMs: ms };
}
