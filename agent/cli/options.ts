// The arguments of all commands, parsed and checked.
import { parseArgs } from "node:util";
import { formIn } from "#shared/command-line/output.ts";
import type { Output } from "#shared/command-line/output.ts";
import { argumentFault, orKnown } from "#shared/argument-fault.ts";
import { usage } from "#shared/command-line/usage.ts";
import { outputCommands } from "#agent/output/output-commands.ts";
import { shownUrl } from "#agent/sources/shown-url.ts";
import { signerFrom, sinceFrom, socketFrom, tailFrom, timeFrom } from "./option-values.ts";
import { urlIn } from "./url-in.ts";

export const commands = [
  "run",
  "apply",
  "plan",
  "status",
  "events",
  "logs",
  "explain",
  "validate",
  "reset",
  "backup",
  "identity",
  "healthcheck",
  "schema",
  "completion",
  "man",
  "version",
] as const;
export type Command = (typeof commands)[number];

export const backupActions = ["take", "list", "get", "check"] as const;
export type BackupAction = (typeof backupActions)[number];

export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export type Options = {
  readonly command: Command;
  /** Of `backup`. */
  readonly backup?: { readonly action: BackupAction; readonly name?: string | undefined } | undefined;
  /** Of what is about one component or container; of `completion` the shell. */
  readonly name?: string | undefined;
  /** How far back, milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Of `logs`: so many last lines. */
  readonly tail?: number | undefined;
  readonly follow: boolean;
  readonly help: boolean;
  /** The first of `configs` as it is shown: without what may be secret in a URL. */
  readonly config: string;
  /** Places of the host config as they were said: at most one path or "-", and URLs. */
  readonly configs: readonly string[];
  /** A file of certificates (PEM) of those that alone may have signed the web servers'. */
  readonly configCa?: string | undefined;
  /** False for the default. */
  readonly configGiven: boolean;
  readonly state: string;
  readonly socket: string;
  readonly hostRoot: string;
  readonly host?: string | undefined;
  readonly image?: string | undefined;
  readonly logLevel: string;
  /** Undefined: text on a terminal, else JSON. */
  readonly logFormat?: LogFormat | undefined;
  readonly json: boolean;
  /** Set where data is asked for, and not text; then `json` is set too. */
  readonly output?: Output | undefined;
  /** Of `plan`: the file that it is saved to. */
  readonly save?: string | undefined;
  /** Of `apply`: the file of the plan that alone may be applied. */
  readonly plan?: string | undefined;
  readonly allowOlder: boolean;
  /** A config that is not sealed is taken where only sealed ones are. */
  readonly acceptUnsealed: boolean;
  /** Who may sign besides those that are known: public keys in PEM. */
  readonly signers: readonly string[];
  /** The same, while this host has no config in force: what a loop's command line says stays there. */
  readonly firstSigners: readonly string[];
  /** Of `identity`: make another key. */
  readonly newKey: boolean;
  readonly dryRun: boolean;
  readonly data: boolean;
  /** The exit code says how the host is. */
  readonly exitCode: boolean;
  /** How long to wait until the host is healthy. */
  readonly waitMs?: number | undefined;
  /** How long another agent that is at work on this host is waited for. */
  readonly lockTimeoutMs: number;
};

export const levels = ["debug", "info", "warn", "error", "silent"];
/** Options that only some commands know. */
export const only: Readonly<Record<string, readonly Command[]>> = {
  json: outputCommands,
  output: outputCommands,
  since: ["events", "logs"],
  tail: ["logs"],
  follow: ["logs"],
  "dry-run": ["reset"],
  "exit-code": ["status"],
  wait: ["status"],
  "lock-timeout": ["apply", "reset", "backup"],
  data: ["reset"],
  save: ["plan"],
  plan: ["apply"],
  "allow-older": ["run", "apply", "plan"],
  // each is a person's word of one moment
  "accept-unsealed": ["apply", "plan", "validate"],
  signer: ["run", "apply", "plan", "validate"],
  "config-ca": ["run", "apply", "plan"],
  new: ["identity"],
};

/** Commands that may be followed by a word: the name of a component or a container, or of a shell. */
const named: readonly Command[] = ["events", "logs", "explain", "schema", "completion"];

/** Throws INTERNAL_USAGE for anything that is not understood. `run` is the default command. */
export function parseOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { values, positionals } = parse(args);
  const name = values.version === true ? "version" : (positionals[0] ?? "run");
  const command = commands.find((known) => known === name);
  if (command === undefined) throw usage(name, `unknown command${orKnown(name, commands)}`);
  const backup = command === "backup" ? backupFrom(positionals.slice(1), values.help) : undefined;
  const [surplus] = backup === undefined ? positionals.slice(named.includes(command) ? 2 : 1) : [];
  if (surplus !== undefined) throw usage(surplus, "there is nothing left to say after the command");
  for (const [option, users] of Object.entries(only))
    if (Object.entries(values).some(([key]) => key === option) && !users.includes(command))
      throw usage(`--${option}`, `only for ${users.join(", ")}`);
  for (const [option, value] of Object.entries(values))
    if (value === "" || (Array.isArray(value) && value.includes(""))) throw usage(`--${option}`, "a value is missing");
  const configs = placesFrom(values.config ?? ["/etc/flexkube/host.yaml"], command);
  if (values["allow-older"] === true && configs.some((config) => urlIn(config) !== undefined))
    throw usage("--allow-older", "only with a file or standard input: a web server would bring the newer one again");
  const signers = (values.signer ?? []).map(signerFrom);
  const logLevel = values["log-level"] ?? (command === "run" ? "info" : "warn");
  if (!levels.includes(logLevel)) throw usage("--log-level", `one of ${levels.join(", ")}`);
  const logFormat = logFormats.find((known) => known === values["log-format"]);
  if (logFormat !== values["log-format"]) throw usage("--log-format", `one of ${logFormats.join(", ")}`);
  return {
    command,
    backup,
    name: named.includes(command) ? positionals[1] : undefined,
    help: values.help ?? false,
    config: shown(configs[0]),
    configs,
    configCa: values["config-ca"],
    configGiven: values.config !== undefined,
    state: values.state ?? "/var/lib/flexkube",
    socket: values.socket ?? socketFrom(env["DOCKER_HOST"]),
    hostRoot: values["host-root"] ?? "/host",
    host: values.host,
    image: values.image,
    logLevel,
    logFormat,
    ...formIn(values, usage),
    allowOlder: values["allow-older"] ?? false,
    acceptUnsealed: values["accept-unsealed"] ?? false,
    signers: command === "run" ? [] : signers,
    firstSigners: command === "run" ? signers : [],
    newKey: values.new ?? false,
    ...readingFrom(values),
    ...reachOf(values),
    exitCode: (values["exit-code"] ?? false) || values.wait !== undefined,
    waitMs: values.wait === undefined ? undefined : timeFrom("--wait", values.wait),
    lockTimeoutMs: timeFrom("--lock-timeout", values["lock-timeout"] ?? "1m"),
  };
}

/** One place that root on this host alone may change, and web servers beside it or instead. */
function placesFrom(configs: readonly string[], command: Command): readonly string[] {
  for (const config of configs) {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(config)) continue;
    if (urlIn(config)?.protocol !== "https:")
      throw usage("--config", "a path, - for standard input, or a URL that begins with https://");
    if (!fromTheWeb.includes(command)) throw usage("--config", `a URL is only for ${fromTheWeb.join(", ")}`);
  }
  if (configs.filter((config) => urlIn(config) === undefined).length > 1)
    throw usage("--config", "one path or standard input, and as many URLs as there are servers");
  return configs;
}

const fromTheWeb: readonly Command[] = ["run", "apply", "plan"];

function shown(config = ""): string {
  const url = urlIn(config);
  return url === undefined ? config : shownUrl(url);
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

export const flags = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
  config: { type: "string", short: "c", multiple: true },
  "config-ca": { type: "string" },
  state: { type: "string" },
  socket: { type: "string" },
  "host-root": { type: "string" },
  host: { type: "string" },
  image: { type: "string" },
  "log-level": { type: "string" },
  "log-format": { type: "string" },
  json: { type: "boolean" },
  output: { type: "string", short: "o" },
  save: { type: "string" },
  plan: { type: "string" },
  "allow-older": { type: "boolean" },
  "accept-unsealed": { type: "boolean" },
  signer: { type: "string", multiple: true },
  new: { type: "boolean" },
  "dry-run": { type: "boolean" },
  data: { type: "boolean" },
  since: { type: "string" },
  tail: { type: "string" },
  follow: { type: "boolean", short: "f" },
  "exit-code": { type: "boolean" },
  wait: { type: "string" },
  "lock-timeout": { type: "string" },
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

/** A word that is no option and no command is a duration, right or wrong. */
function isMeantFor(next: string | undefined): boolean {
  if (next === undefined || commands.some((command) => command === next)) return false;
  return !next.startsWith("-") || /^-[0-9]/.test(next);
}

/** How much of what was told is shown. */
function readingFrom({ since, tail, follow = false }: ReturnType<typeof parse>["values"]): Reading {
  return {
    sinceMs: since === undefined ? undefined : sinceFrom(since),
    tail: tail === undefined ? undefined : tailFrom(tail),
    follow,
  };
}

type Reading = Pick<Options, "sinceMs" | "tail" | "follow">;

/** How far a command goes. */
function reachOf({ "dry-run": dryRun = false, data = false, save, plan }: ReturnType<typeof parse>["values"]): Reach {
  return { dryRun, data, save, plan };
}

type Reach = Pick<Options, "dryRun" | "data" | "save" | "plan">;
