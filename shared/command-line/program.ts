// A program's commands and options as data: what completion scripts and the man page are made of. It is read out of the very texts that
// --help prints and the very flags that are parsed, so that neither can forget one.

export type Completes = "directory" | "file" | "nothing" | readonly string[];

export type ProgramOption = {
  /** Without dashes. */
  readonly name: string;
  readonly short?: string | undefined;
  /** Undefined where it takes no value. */
  readonly value?: { readonly name: string; readonly completes: Completes } | undefined;
  /** First line of its help; "" where the help says nothing. */
  readonly does: string;
};

export type ProgramCommand = {
  readonly name: string;
  readonly does: string;
  readonly help: string;
  readonly options: readonly ProgramOption[];
  /** What stands after the command. */
  readonly words: Completes;
};

export type Program = {
  readonly name: string;
  /** What --help prints. */
  readonly help: string;
  /** What it does: the first sentence, without its full stop. */
  readonly does: string;
  readonly commands: readonly ProgramCommand[];
};

export type Flag = { readonly type: "boolean" | "string"; readonly short?: string | undefined };

/** What is not in the help texts. */
export type About = {
  readonly name: string;
  readonly help: string;
  readonly commandHelp: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, Flag>>;
  /** Names of the options of a command. */
  readonly optionsOf: (command: string) => readonly string[];
  /** Of an option, or of a command's words. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
};

/** Commands in the order of the general help. */
export function programOf(about: About): Program {
  const { name, help, commandHelp } = about;
  const all = [help, ...Object.values(commandHelp)];
  return {
    name,
    help,
    does:
      help
        .split("\n\n")[1]
        ?.replaceAll("\n", " ")
        .split(/\.(?: |$)/)[0] ?? "",
    commands: commandsIn(help).map(({ command, does }) => ({
      name: command,
      does,
      help: commandHelp[command] ?? "",
      options: about.optionsOf(command).map((option) => optionOf(option, [commandHelp[command] ?? "", ...all], about)),
      words: wordsOf(command, about),
    })),
  };
}

/** Lines such as `  split [FILE]     write the host configs`, above the first options. */
export function commandsIn(help: string): readonly { readonly command: string; readonly does: string }[] {
  return [...help.matchAll(/^ {2}([a-z][a-z-]*)(?: \[[A-Z.]+\])? {2,}(\S.*)$/gm)].map(
    ([, command = "", does = ""]) => ({
      command,
      does,
    }),
  );
}

/** Options that a command's own usage names. */
export function optionsIn(help: string): readonly string[] {
  return [...(help.split("\n")[0] ?? "").matchAll(/--([a-z][a-z0-9-]*)/g)].map(([, option = ""]) => option);
}

function optionOf(option: string, helps: readonly string[], { flags, choices }: About): ProgramOption {
  const flag = flags[option];
  const found = helps.map((help) =>
    new RegExp(`^ +(?:-[a-z], )?--${option}(?: \\[?([A-Z]+)\\]?)? +(\\S.*)$`, "m").exec(help),
  );
  const [, written, does = ""] = found.find((match) => match !== null) ?? [];
  const inUsage = helps
    .map((help) => new RegExp(`--${option} \\[?([A-Z]+)`).exec(help)?.[1])
    .find((word) => word !== undefined);
  const value = flag?.type === "string" ? (written ?? inUsage ?? "VALUE") : undefined;
  return {
    name: option,
    ...(flag?.short === undefined ? {} : { short: flag.short }),
    ...(value === undefined ? {} : { value: { name: value, completes: choices[`--${option}`] ?? kindOf(value) } }),
    does,
  };
}

function kindOf(value: string): Completes {
  if (value === "DIR") return "directory";
  return ["FILE", "CONFIG", "SNAPSHOT", "BACKUP", "PATH"].includes(value) ? "file" : "nothing";
}

function wordsOf(command: string, { commandHelp, choices }: About): Completes {
  const said = choices[command];
  if (said !== undefined) return said;
  const usage = commandHelp[command]?.split("\n")[0] ?? "";
  return usage.includes(`${command} [FILE]`) ? "file" : "nothing";
}
