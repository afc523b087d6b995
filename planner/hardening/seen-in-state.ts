// A host as its desired state has it, for checks.
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import { reveal } from "#shared/secret.ts";
import type { CisProgram, SeenFile, SeenHost } from "./cis-check.ts";

export function seenInState({ containers }: DesiredState): SeenHost {
  const find = (program: CisProgram): DesiredContainer | undefined =>
    containers.find(({ component }) => component === program);
  return {
    userOf: (program) => find(program)?.spec.user,
    argument: (program, flag) => argumentIn(find(program)?.spec.args ?? [], flag),
    document: (program) => documentOf(find(program)),
    files: (program) => filesOf(find(program)),
  };
}

/** Values of `--flag=value`; undefined without the flag. */
function argumentIn(args: readonly string[], flag: string): readonly string[] | undefined {
  const values = args
    .filter((argument) => argument.startsWith(`--${flag}=`))
    .map((argument) => argument.slice(flag.length + 3));
  return values.length === 0 ? undefined : values;
}

function documentOf(container: DesiredContainer | undefined): unknown {
  const file = container?.sealed?.files.find(({ path }) => path.endsWith("/config.json"));
  return file === undefined ? undefined : JSON.parse(reveal(file.content));
}

/** Directories of data count as files: checks look at their mode and owner too. */
function filesOf(container: DesiredContainer | undefined): readonly SeenFile[] {
  if (container === undefined) return [];
  const { dataDirectories, live, sealed } = container;
  return [...(sealed?.files ?? []), ...live, ...dataDirectories];
}
