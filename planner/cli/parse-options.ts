// Arguments to a command with its options. Usage errors are INTERNAL_USAGE.
import { parseArgs } from "node:util";
import { formIn } from "#shared/command-line/output.ts";
import type { Output } from "#shared/command-line/output.ts";
import { argumentFault, orKnown } from "#shared/argument-fault.ts";
import { usage } from "#shared/command-line/usage.ts";
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
  /** Digests of images are asked for anew. */
  readonly pin: boolean;
  readonly fromCluster?: string | undefined;
  readonly to?: string | undefined;
  readonly recipient?: readonly string[] | undefined;
  /** Words of a command that takes them instead of a cluster config. */
  readonly names?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly config?: string | undefined;
  readonly image?: string | undefined;
  readonly agentOption?: readonly string[] | undefined;
  /** Web servers that agents ask for their host configs; {host} stands for the host's name. */
  readonly configUrl?: readonly string[] | undefined;
  /** File of certificates. */
  readonly configCa?: string | undefined;
  /** Hosts are given the keys that were made for them. */
  readonly identity: boolean;
  readonly gzip: boolean;
  readonly base64: boolean;
  readonly url?: string | undefined;
  readonly maxBytes?: string | undefined;
  readonly wait?: string | undefined;
  /** Directory of reports. */
  readonly from?: string | undefined;
  /** File for the page of the fleet. */
  readonly html?: string | undefined;
  readonly exitCode: boolean;
  /** Set where data is asked for, and not text; then `json` is set too. */
  readonly output?: Output | undefined;
  readonly kubeconfig?: string | undefined;
  /** Name of a certificate. */
  readonly renew?: string | undefined;
  /** A day to come. */
  readonly at?: string | undefined;
  readonly withoutDelivery: boolean;
};

export const flags = {
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
  seal: { type: "boolean", default: false },
  pin: { type: "boolean", default: false },
  all: { type: "boolean", default: false },
  verbose: { type: "boolean", short: "v", default: false },
  json: { type: "boolean", default: false },
  output: { type: "string", short: "o" },
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
  format: { type: "string" },
  config: { type: "string" },
  image: { type: "string" },
  "agent-option": { type: "string", multiple: true },
  "config-url": { type: "string", multiple: true },
  "config-ca": { type: "string" },
  identity: { type: "boolean", default: false },
  gzip: { type: "boolean", default: false },
  base64: { type: "boolean", default: false },
  url: { type: "string" },
  "max-bytes": { type: "string" },
  wait: { type: "string" },
  from: { type: "string" },
  renew: { type: "string" },
  at: { type: "string" },
  "without-delivery": { type: "boolean", default: false },
  html: { type: "string" },
  "exit-code": { type: "boolean", default: false },
  kubeconfig: { type: "string" },
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
  "seal",
  "from",
  "kubeconfig",
  "all",
  "verbose",
  "json",
  "output",
] as const;
/** It begins all members anew, of a cluster that was up. */
const notOfRestore: readonly (typeof splitFlags)[number][] = [
  "bootstrapped",
  "replace-member",
  "new-cluster",
  "from",
  "kubeconfig",
];
/** Which options a command has. */
export const allowed: Readonly<Record<Options["command"], readonly (keyof typeof flags)[]>> = {
  help: [],
  version: ["json", "output"],
  completion: [],
  man: [],
  init: ["force"],
  validate: ["json", "output"],
  split: [...splitFlags, "pin"],
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
  boot: [
    "format",
    "config",
    "config-url",
    "config-ca",
    "identity",
    "pki",
    "out",
    "image",
    "agent-option",
    "gzip",
    "base64",
    "url",
    "max-bytes",
    "json",
    "output",
  ],
  schema: [],
  deliver: ["config", "wait", "server", "out", "pki"],
  status: ["from", "kubeconfig", "wait", "exit-code", "json", "output", "html", "out", "pki"],
  simulate: ["at", "without-delivery", "json", "output", "out", "pki"],
  certificates: ["renew", "json", "output", "out", "pki"],
  kubeconfig: ["out", "pki", "force", "user", "group", "expires", "server"],
};

/** Throws INTERNAL_USAGE. */
export function parseOptions(args: readonly string[]): Options {
  const { values: all, positionals: given } = parsed(args);
  const { version, ...values } = all;
  // asked for beside a command it is no reason to run that
  const positionals = version ? ["version"] : given;
  const [name, ...words] = positionals;
  if (name === undefined && !values.help && args.length > 0) throw usage(args[0] ?? "", "a command is missing");
  const command = name === undefined || name === "help" ? "help" : commands.find((each) => each === name);
  if (command === undefined) throw usage(name ?? "", `unknown command${orKnown(name ?? "", commands)}`);
  const { names, file } = namedBy(command, words);
  for (const [flag, value] of Object.entries(values)) {
    if (value === "" || (Array.isArray(value) && value.includes(""))) throw usage(`--${flag}`, "a value is missing");
    const isGiven = value !== undefined && value !== false;
    if (isGiven && flag !== "help" && !allowed[command].some((each) => each === flag))
      throw usage(`--${flag}`, `not an option of ${command}`);
  }
  return {
    command,
    file,
    names,
    ...renamed(values),
    ...formIn(values, usage),
    help: values.help || command === "help",
  };
}

/** Options by the names that they have here, lists in their parts. */
function renamed({
  "force-network": forceNetwork,
  "force-version": forceVersion,
  "force-etcd": forceEtcd,
  "new-cluster": newCluster,
  "from-cluster": fromCluster,
  "replace-member": replaced,
  "agent-option": agentOption,
  "config-url": configUrl,
  "config-ca": configCa,
  "max-bytes": maxBytes,
  "exit-code": exitCode,
  "without-delivery": withoutDelivery,
  hosts,
  lost,
  ...rest
}: Omit<ReturnType<typeof parsed>["values"], "version">) {
  const named = { fromCluster, newCluster, agentOption, configUrl, configCa, maxBytes, exitCode, withoutDelivery };
  const forced = { forceNetwork, forceVersion, forceEtcd };
  const lists = {
    hosts: namesIn("--hosts", hosts),
    lost: namesIn("--lost", lost),
    replaceMembers: namesIn("--replace-member", replaced),
  };
  return { ...rest, ...named, ...forced, ...lists };
}

/** What stands beside the options. */
function namedBy(command: Options["command"], words: readonly string[]): Pick<Options, "names" | "file"> {
  const takesNames = command === "boot" || command === "schema" || command === "deliver" || command === "completion";
  const names = takesNames ? words : undefined;
  const [file = "cluster.yaml", ...more] = names === undefined ? words : [];
  const [extra] = command === "version" || command === "man" ? words : more;
  if (extra !== undefined) throw usage(extra, "one argument too many");
  if (file === "") throw usage('""', "the name of a file is missing");
  return { names, file };
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
  const { tokens, ...found } = parseArgs({
    args: [...args],
    options: flags,
    allowPositionals: true,
    strict: true,
    tokens: true,
  });
  const given = tokens.flatMap((token) => (token.kind === "option" && takesOne(token.name) ? [token.name] : []));
  const twice = given.find((name, index) => given.indexOf(name) < index);
  if (twice !== undefined) throw usage(`--${twice}`, "given twice, and only one value can hold");
  return found;
}

function takesOne(name: string): boolean {
  const flag = Object.entries(flags).find(([each]) => each === name)?.[1];
  return flag?.type === "string" && !("multiple" in flag);
}
