// Which flags a program knows and what each holds, as the program itself tells: for the tables in planner/upstream/.
import { tryCommand } from "./run-command.ts";

/** Flag → word for its values; sorted. */
export type ProgramFlags = Readonly<Record<string, string>>;

/** Words of a switch's description in backquotes, which the help shows where a type would be. */
const notTypes = new Set(["RuntimeDefault"]);

/** Of a Kubernetes program: its help names a flag's type, and none for a switch. */
export async function flagsOfHelp(program: string): Promise<ProgramFlags> {
  const { stdout, stderr } = await tryCommand([program, "--help"]);
  const lines = `${stdout}\n${stderr}`.matchAll(
    /^ +(?:-[a-zA-Z], )?--([a-z0-9][A-Za-z0-9_-]*)(?:\[=[^\]]*\])?(?: (\S+))?(?= {3}|$)/gm,
  );
  return sorted([...lines].map(([, flag = "", type = "bool"]) => [flag, notTypes.has(type) ? "bool" : type]));
}

const candidates = { bool: "true", int: "-1", uint: "1", duration: "1s", float: "0.5" } as const;

/**
 * Of etcd, whose help names no types: what it takes is tried. It reads flags from left to right and ends at one that it
 * does not know, so nothing starts.
 */
export async function flagsOfEtcd(program: string): Promise<ProgramFlags> {
  const { stdout, stderr } = await tryCommand([program, "--help"]);
  const names = [...`${stdout}\n${stderr}`.matchAll(/^ {2}--([a-z0-9][a-z0-9-]*)/gm)].map(([, name = ""]) => name);
  const flags: [string, string][] = [];
  for (const name of new Set(names)) {
    if (name === "version" || name === "help") continue;
    const takes = async (value: string): Promise<boolean> => {
      const tried = await tryCommand([program, `--${name}=${value}`, "--no-such-flag"]);
      const [said = ""] = `${tried.stdout}${tried.stderr}`.split("\n");
      return said.includes("no-such-flag");
    };
    flags.push([name, await typeOf(takes)]);
  }
  return sorted(flags);
}

async function typeOf(takes: (value: string) => Promise<boolean>): Promise<string> {
  if (await takes("any text")) return "string";
  for (const [type, value] of Object.entries(candidates)) if (await takes(value)) return type;
  return "special";
}

function sorted(flags: readonly (readonly [string, string])[]): ProgramFlags {
  return Object.fromEntries(flags.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
