// `help` as a first word, which is how docker, kubectl and git are asked too.

/** The same arguments with `--help` behind: of `help` alone the general help, of `help COMMAND` that command's. */
export function helpLast(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  return first === "help" ? [...rest, "--help"] : args;
}
