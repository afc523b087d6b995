// Arguments to a command with its options. Usage errors are INTERNAL_USAGE.
import { parseArgs } from "node:util";
import { argumentFault, orKnown } from "#shared/argument-fault.ts";
import { FlexkubeError } from "#shared/errors.ts";
import type { SplitOptions } from "#planner/split/split-options.ts";
import type { Command } from "./help.ts";
import { commands } from "./help.ts";

export type Options = SplitOptions & {
  readonly command: Command | "help";
  /** Print the help of the command, or of all for `help`. */
  readonly help: boolean;
  readonly force: boolean;
  readonly user?: string | undefined;
  readonly group?: readonly string[] | undefined;
  readonly expires?: string | undefined;
  readonly server?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly lost?: readonly string[] | undefined;
  readonly again: boolean;
  readonly fromCluster?: string | undefined;
  readonly to?: string | undefined;
  readonly recipient?: readonly string[] | undefined;
};

const flags = {
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", default: false },
  out: { type: "string" },
  pki: { type: "string" },
  bootstrapped: { type: "boolean", default: false },
  "force-network": { type: "boolean", default: false },
  "force-version": { type: "boolean", default: false },
  "force-etcd": { type: "boolean", default: false },
  "replace-member": { type: "string", multiple: true },
  "new-cluster": { type: "boolean", default: false },
  all: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  user: { type: "string" },
  group: { type: "string", multiple: true },
  expires: { type: "string" },
  server: { type: "string" },
  snapshot: { type: "string" },
  hosts: { type: "string", multiple: true },
  lost: { type: "string", multiple: true },
  again: { type: "boolean", default: false },
  "from-cluster": { type: "string" },
  to: { type: "string" },
  recipient: { type: "string", multiple: true },
} as const;

const splitFlags = [
  "out",
  "pki",
  "bootstrapped",
  "force-network",
  "force-version",
  "force-etcd",
  "replace-member",
  "new-cluster",
  "all",
  "json",
] as const;
/** It begins all members anew, of a cluster that was up. */
const notOfRestore: readonly (typeof splitFlags)[number][] = ["bootstrapped", "replace-member", "new-cluster"];
const allowed: Readonly<Record<Options["command"], readonly (keyof typeof flags)[]>> = {
  help: [],
  version: [],
  init: ["force"],
  validate: ["json"],
  split: splitFlags,
  diff: splitFlags,
  restore: [
    "snapshot",
    "hosts",
    "lost",
    "again",
    "from-cluster",
    ...splitFlags.filter((flag) => !notOfRestore.some((each) => each === flag)),
  ],
  "backup-pki": ["to", "recipient", "pki", "force"],
  kubeconfig: ["out", "pki", "force", "user", "group", "expires", "server"],
};

/** Throws INTERNAL_USAGE. */
export function parseOptions(args: readonly string[]): Options {
  const { values: all, positionals: given } = parsed(args);
  const { version, ...values } = all;
  const positionals = version && given.length === 0 ? ["version"] : given;
  const [name, file = "cluster.yaml", ...more] = positionals;
  if (name === undefined && !values.help && args.length > 0) throw usage(args[0] ?? "", "a command is missing");
  const command = name === undefined || name === "help" ? "help" : commands.find((each) => each === name);
  if (command === undefined) throw usage(name ?? "", `unknown command${orKnown(name ?? "", commands)}`);
  const [extra] = command === "version" ? positionals.slice(1) : more;
  if (extra !== undefined) throw usage(extra, "one argument too many");
  if (file === "") throw usage('""', "the name of a file is missing");
  for (const [flag, value] of Object.entries(values)) {
    if (value === "" || (Array.isArray(value) && value.includes(""))) throw usage(`--${flag}`, "a value is missing");
    const isGiven = args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
    if (isGiven && flag !== "help" && !allowed[command].some((each) => each === flag))
      throw usage(`--${flag}`, `not an option of ${command}`);
  }
  const {
    "force-network": forceNetwork,
    "force-version": forceVersion,
    "force-etcd": forceEtcd,
    "new-cluster": newCluster,
    "from-cluster": fromCluster,
    "replace-member": replaced,
    hosts,
    lost,
    ...rest
  } = values;
  const forced = { forceNetwork, forceVersion, forceEtcd };
  const restored = { fromCluster, hosts: namesIn("--hosts", hosts), lost: namesIn("--lost", lost) };
  const replaceMembers = namesIn("--replace-member", replaced);
  return {
    command,
    file,
    ...rest,
    ...forced,
    ...restored,
    replaceMembers,
    newCluster,
    help: values.help || command === "help",
  };
}

/** Names with commas between them, or the option several times. */
function namesIn(option: string, values: readonly string[] | undefined): readonly string[] | undefined {
  const names = values?.flatMap((value) => value.split(","));
  if (names?.includes("") === true) throw usage(option, "a name is missing; write h1,h2");
  return names;
}

function parsed(args: readonly string[]) {
  const fault = argumentFault(args, flags);
  if (fault !== undefined) throw usage(fault.argument, fault.reason);
  return parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true });
}

function usage(argument: string, reason: string): FlexkubeError {
  return new FlexkubeError("INTERNAL_USAGE", "the arguments are not understood", { argument, reason });
}
