// The arguments of all commands, parsed and checked.
import { parseArgs } from "node:util";
import { argumentFault, orKnown } from "#shared/argument-fault.ts";
import { durationMs } from "#shared/duration.ts";
import { FlexkubeError } from "#shared/errors.ts";

export const commands = [
  "run",
  "apply",
  "plan",
  "status",
  "validate",
  "reset",
  "backup",
  "healthcheck",
  "version",
] as const;
export type Command = (typeof commands)[number];

export const backupActions = ["take", "list", "get", "check"] as const;
export type BackupAction = (typeof backupActions)[number];

export type Options = {
  readonly command: Command;
  /** Of `backup`. */
  readonly backup?: { readonly action: BackupAction; readonly name?: string | undefined } | undefined;
  readonly help: boolean;
  readonly config: string;
  /** False for the default. */
  readonly configGiven: boolean;
  readonly state: string;
  readonly socket: string;
  readonly hostRoot: string;
  readonly host?: string | undefined;
  readonly image?: string | undefined;
  readonly logLevel: string;
  readonly json: boolean;
  readonly allowOlder: boolean;
  readonly dryRun: boolean;
  readonly data: boolean;
  /** The exit code says how the host is. */
  readonly exitCode: boolean;
  /** How long to wait until the host is healthy. */
  readonly waitMs?: number | undefined;
};

const levels = ["debug", "info", "warn", "error", "silent"];
/** Options that only some commands know. */
const only: Readonly<Record<string, readonly Command[]>> = {
  json: ["plan", "apply", "status", "validate", "reset", "backup"],
  "dry-run": ["reset"],
  "exit-code": ["status"],
  wait: ["status"],
  data: ["reset"],
  "allow-older": ["run", "apply", "plan"],
};

/** Throws INTERNAL_USAGE for anything that is not understood. `run` is the default command. */
export function parseOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { values, positionals } = parse(args);
  const name = positionals[0] ?? (values.version === true ? "version" : "run");
  const command = commands.find((known) => known === name);
  if (command === undefined) throw usage(name, `unknown command${orKnown(name, commands)}`);
  const backup = command === "backup" ? backupFrom(positionals.slice(1), values.help) : undefined;
  if (backup === undefined && positionals[1] !== undefined)
    throw usage(positionals[1], "there is nothing left to say after the command");
  for (const [option, users] of Object.entries(only))
    if (Object.entries(values).some(([key]) => key === option) && !users.includes(command))
      throw usage(`--${option}`, `only for ${users.join(", ")}`);
  for (const [option, value] of Object.entries(values))
    if (value === "") throw usage(`--${option}`, "a value is missing");
  const logLevel = values["log-level"] ?? (command === "run" ? "info" : "warn");
  if (!levels.includes(logLevel)) throw usage("--log-level", `one of ${levels.join(", ")}`);
  return {
    command,
    backup,
    help: values.help ?? false,
    config: values.config ?? "/etc/flexkube/host.yaml",
    configGiven: values.config !== undefined,
    state: values.state ?? "/var/lib/flexkube",
    socket: values.socket ?? socketFrom(env["DOCKER_HOST"]),
    hostRoot: values["host-root"] ?? "/host",
    host: values.host,
    image: values.image,
    logLevel,
    json: values.json ?? false,
    allowOlder: values["allow-older"] ?? false,
    dryRun: values["dry-run"] ?? false,
    data: values.data ?? false,
    exitCode: (values["exit-code"] ?? false) || values.wait !== undefined,
    waitMs: values.wait === undefined ? undefined : waitFrom(values.wait),
  };
}

/** `get` takes a name; without one it is the newest. */
function backupFrom(said: readonly string[], help: boolean | undefined): NonNullable<Options["backup"]> {
  const [word = "", name, more] = said;
  const action = help === true && said.length === 0 ? "list" : backupActions.find((known) => known === word);
  if (action === undefined)
    throw usage(word === "" ? "backup" : word, `backup is followed by one of ${backupActions.join(", ")}`);
  const surplus = action === "get" ? more : name;
  if (surplus !== undefined) throw usage(surplus, "there is nothing left to say after the command");
  return { action, name };
}

const flags = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  config: { type: "string", short: "c" },
  state: { type: "string" },
  socket: { type: "string" },
  "host-root": { type: "string" },
  host: { type: "string" },
  image: { type: "string" },
  "log-level": { type: "string" },
  json: { type: "boolean" },
  "allow-older": { type: "boolean" },
  "dry-run": { type: "boolean" },
  data: { type: "boolean" },
  "exit-code": { type: "boolean" },
  wait: { type: "string" },
} as const;

function parse(given: readonly string[]) {
  const args = given.map((argument, index) =>
    argument === "--wait" && !isMeantFor(given[index + 1]) ? `--wait=${defaultWait}` : argument,
  );
  const fault = argumentFault(args, flags);
  if (fault !== undefined) throw usage(fault.argument, fault.reason);
  return parseArgs({ args, allowPositionals: true, options: flags });
}

/** Of `--wait` without a duration. */
const defaultWait = "10m";

function isDuration(text: string | undefined): text is string {
  return text !== undefined && /^([0-9]+(ms|s|m|h))+$/.test(text);
}

/** A word that is no option and no command is a duration, right or wrong. */
function isMeantFor(next: string | undefined): boolean {
  if (next === undefined || commands.some((command) => command === next)) return false;
  return !next.startsWith("-") || /^-[0-9]/.test(next);
}

function waitFrom(text: string): number {
  if (!isDuration(text)) throw usage("--wait", "a duration such as 90s or 5m");
  return durationMs(text);
}

function socketFrom(dockerHost: string | undefined): string {
  if (dockerHost === undefined || dockerHost === "") return "/var/run/docker.sock";
  if (!dockerHost.startsWith("unix://"))
    throw usage("DOCKER_HOST", "only unix:// sockets: the agent works on its own host");
  return dockerHost.slice("unix://".length);
}

function usage(argument: string, reason: string, cause?: unknown): FlexkubeError<"INTERNAL_USAGE"> {
  return new FlexkubeError("INTERNAL_USAGE", "the command line is not understood", { argument, reason }, { cause });
}
