// Whose a file is that a command is about to replace where a person says.
import { usage } from "#shared/command-line/usage.ts";
import type { Effects } from "#planner/effects.ts";

type Own = {
  /** How the text of such a file begins. */
  readonly begin: string;
  /** What frees the way. */
  readonly hint: string;
};

/** Only what the same command has written is replaced, and what is empty. Throws INTERNAL_USAGE for another file, FILES_UNREADABLE. */
export async function checkOwnFile(
  path: string,
  { begin, hint }: Own,
  { files }: Pick<Effects, "files">,
): Promise<void> {
  const bytes = (await files.readFile(path))?.bytes ?? Buffer.of();
  if (bytes.length > 0 && !Buffer.from(bytes).toString("utf8").startsWith(begin))
    throw usage(path, `another file is there; ${hint}`);
}
