// An argument that is not understood: as an error, and as a person reads of it.
import { FlexkubeError } from "#shared/errors.ts";
import { printableLine } from "#shared/printable.ts";

/** `argument`: as it was typed, or the option that it belongs to. */
export function usage(argument: string, reason: string): FlexkubeError<"INTERNAL_USAGE"> {
  return new FlexkubeError("INTERNAL_USAGE", "the arguments are not understood", { argument, reason });
}

/** Two lines: which word and why, and where help is. `argument` may be empty. */
export function usageText(
  program: string,
  { argument, reason }: { readonly argument: string; readonly reason: string },
): string {
  return `${program}: ${printableLine(argument === "" ? reason : `${argument}: ${reason}`)}\nTry ${program} --help.\n`;
}
