// The benchmark's command line. Pure.
import { parseArgs } from "node:util";

export type Options = {
  readonly help: boolean;
  readonly json: boolean;
  /** Names of benchmarks; all of them unless told. */
  readonly only: readonly string[] | undefined;
  /** Rounds of what is compared; each benchmark knows what is sensible unless told. */
  readonly rounds: number | undefined;
  /** Of a database, where a benchmark has one. */
  readonly megabytes: number | undefined;
};

/** The options, or what is wrong with them in words. */
export function parseOptions(
  args: readonly string[],
  names: readonly string[],
): { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly problem: string } {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
  const only = values.only?.split(",").map((name) => name.trim());
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    return { ok: false, problem: `there is no benchmark '${unknown}'; known are ${names.join(", ")}` };
  const [rounds, megabytes] = [numberIn(values.rounds), numberIn(values.megabytes)];
  const wrong = Object.entries({ rounds, megabytes }).find(([, value]) => value !== undefined && !isCount(value));
  if (wrong !== undefined) return { ok: false, problem: `--${wrong[0]} is a whole number from 1` };
  return { ok: true, options: { help: values.help ?? false, json: values.json ?? false, only, rounds, megabytes } };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      json: { type: "boolean" },
      only: { type: "string" },
      rounds: { type: "string" },
      megabytes: { type: "string" },
    },
  }).values;
}
