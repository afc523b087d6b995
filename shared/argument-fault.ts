// What is wrong with a command line's options, in words: the library's own speak of its internals.
import { nearest } from "./nearest.ts";

export type OptionTypes = Readonly<
  Record<string, { readonly type: "boolean" | "string"; readonly short?: string | undefined }>
>;

export type ArgumentFault = { readonly argument: string; readonly reason: string };

/** The first option that is not known, lacks its value or must not have one; undefined when all can be parsed. */
export function argumentFault(args: readonly string[], options: OptionTypes): ArgumentFault | undefined {
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--") return undefined;
    if (!argument.startsWith("-") || argument === "-") continue;
    const { name, value } = partsOf(argument);
    const known = optionOf(name, options);
    if (known === undefined) return { argument: name, reason: unknown(name, options) };
    if (known.type === "boolean") {
      if (value !== undefined) return { argument: name, reason: "this option takes no value" };
      continue;
    }
    if (value !== undefined) continue;
    const next = args[index + 1];
    // a lone dash is standard input
    if (next === undefined || (next.startsWith("-") && next !== "-"))
      return { argument: name, reason: "a value is missing" };
    index += 1;
  }
  return undefined;
}

/** ` (did you mean split?)`, or all that are known, for the end of a sentence about an unknown word. */
export function orKnown(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `; known are ${known.join(", ")}` : ` (did you mean ${near}?)`;
}

function partsOf(argument: string): { readonly name: string; readonly value?: string } {
  if (!argument.startsWith("--"))
    return argument.length > 2 ? { name: argument.slice(0, 2), value: argument.slice(2) } : { name: argument };
  const at = argument.indexOf("=");
  return at < 0 ? { name: argument } : { name: argument.slice(0, at), value: argument.slice(at + 1) };
}

function optionOf(name: string, options: OptionTypes): OptionTypes[string] | undefined {
  return Object.entries(options).find(([long, { short }]) => name === `--${long}` || name === `-${short ?? ""}`)?.[1];
}

function unknown(name: string, options: OptionTypes): string {
  const near = nearest(
    name,
    Object.keys(options).map((long) => `--${long}`),
  );
  return near === undefined ? "unknown option" : `unknown option (did you mean ${near}?)`;
}
