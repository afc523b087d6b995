// Completion of commands, options and values in bash, zsh and fish.
import { usage } from "./usage.ts";
import { orKnown } from "#shared/argument-fault.ts";
import type { Completes, Program, ProgramCommand, ProgramOption } from "./program.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** The script of the shell that the words name. Throws INTERNAL_USAGE for another one. */
export function completionScript(program: Program, words: readonly string[]): string {
  const [shell, more] = words;
  if (more !== undefined) throw usage(more, "one argument too many");
  const known = shells.find((each) => each === shell);
  if (known === undefined) {
    const reason =
      shell === undefined ? `say which shell: ${shells.join(", ")}` : `unknown shell${orKnown(shell, shells)}`;
    throw usage(shell ?? "completion", reason);
  }
  return { bash, zsh, fish }[known](program);
}

function identifier({ name }: Program): string {
  return `_${name.replaceAll("-", "_")}`;
}

function optionWords({ name, short }: ProgramOption): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
}

function names({ commands }: Program): readonly string[] {
  return commands.map(({ name }) => name);
}

/** One that is taken by all, whatever the command. */
const help: ProgramOption = { name: "help", short: "h", does: "print help" };

function bash(program: Program): string {
  const answer = (completes: Completes): string => {
    if (completes === "directory") return 'mapfile -t COMPREPLY < <(compgen -d -- "$word")';
    if (completes === "file") return 'mapfile -t COMPREPLY < <(compgen -f -- "$word")';
    return completes === "nothing"
      ? "COMPREPLY=()"
      : `mapfile -t COMPREPLY < <(compgen -W '${completes.join(" ")}' -- "$word")`;
  };
  const values = ({ name, options }: ProgramCommand): readonly string[] =>
    options.flatMap((option) =>
      option.value === undefined
        ? []
        : [
            `    ${optionWords(option)
              .map((word) => `${name}:${word}`)
              .join("|")}) ${answer(option.value.completes)}; return ;;`,
          ],
    );
  const options = ({ name, options: own }: ProgramCommand): string =>
    `      ${name}) ${answer([...own, help].flatMap(optionWords))} ;;`;
  const words = ({ name, words: completes }: ProgramCommand): string => `      ${name}) ${answer(completes)} ;;`;
  return `# source <(${program.name} completion bash)
${identifier(program)}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' each
  # bash cuts --option=value into three
  if [ "$word" = = ]; then word=''; elif [ "$before" = = ]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $each in ${names(program).join("|")}) command=$each; break ;; esac
  done
  compopt -o filenames 2>/dev/null
  case $command:$before in
${program.commands.flatMap(values).join("\n")}
  esac
  if [ -z "$command" ]; then
    ${answer([...names(program), "--help", "--version"])}
  elif [[ $word == -* ]]; then
    case $command in
${program.commands.map(options).join("\n")}
    esac
  else
    case $command in
${program.commands.map(words).join("\n")}
    esac
  fi
}
complete -F ${identifier(program)} ${program.name}
`;
}

function zsh(program: Program): string {
  const action = (completes: Completes): string => {
    if (completes === "directory") return "_files -/";
    if (completes === "file") return "_files";
    return completes === "nothing" ? " " : `(${completes.join(" ")})`;
  };
  const option = ({ name, short, value, does }: ProgramOption): string => {
    const text = `[${zshText(does)}]${value === undefined ? "" : `:${value.name}:${action(value.completes)}`}`;
    const isLong = value === undefined ? `--${name}` : `--${name}=`;
    if (short === undefined) return `'*${isLong}${text}'`;
    return `'*'{-${short},${isLong}}'${text}'`;
  };
  const command = ({ name, options, words }: ProgramCommand): string => {
    const rest = words === "nothing" ? [] : [`'*:${name}:${action(words)}'`];
    return `        ${name}) _arguments ${[...[...options, help].map(option), ...rest].join(" ")} ;;`;
  };
  const described = program.commands.map(({ name, does }) => `'${name}:${zshText(does)}'`);
  return `#compdef ${program.name}
# In a directory of $fpath, as _${program.name}; or: source <(${program.name} completion zsh)
${identifier(program)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(-h --help)'{-h,--help}'[print help]' '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(${described.join(" ")})
      _describe command commands
      ;;
    argument)
      case $line[1] in
${program.commands.map(command).join("\n")}
      esac
      ;;
  esac
}
compdef ${identifier(program)} ${program.name}
`;
}

/** In brackets within single quotes. */
function zshText(text: string): string {
  return text.replaceAll("'", "’").replaceAll(/[[\]:\\]/g, "\\$&");
}

function fish(program: Program): string {
  const { name, commands } = program;
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const seen = (command: string): string =>
    `complete -c ${name} -n ${quoted(`__fish_seen_subcommand_from ${command}`)}`;
  const values = (completes: Completes): string => {
    if (completes === "directory") return " -x -a '(__fish_complete_directories)'";
    if (completes === "file") return " -r -F";
    return completes === "nothing" ? " -x" : ` -x -a ${quoted(completes.join(" "))}`;
  };
  const words = ({ name: command, words: completes }: ProgramCommand): readonly string[] =>
    completes === "nothing"
      ? []
      : [`${seen(command)}${completes === "file" ? " -F" : values(completes).replace(" -x", "")}`];
  const option =
    (command: string) =>
    ({ name: long, short, value, does }: ProgramOption): string =>
      `${seen(command)} -l ${long}${short === undefined ? "" : ` -s ${short}`}${value === undefined ? "" : values(value.completes)} -d ${quoted(does)}`;
  return [
    `# ${name} completion fish >~/.config/fish/completions/${name}.fish`,
    `complete -c ${name} -f`,
    ...commands.map(
      (command) => `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.does)}`,
    ),
    ...commands.flatMap((command) => [...words(command), ...[...command.options, help].map(option(command.name))]),
    "",
  ].join("\n");
}
