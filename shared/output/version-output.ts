// What `version -o json` prints, in both programs.
import * as z from "zod";
import { commit, version } from "#shared/version.ts";
import { outputVersion, Version } from "./pieces.ts";

export const VersionOutput = z.object({
  version: Version,
  program: z.enum(["flexkube-agent", "flexkube-planner"]).describe("Which program this is"),
  release: z.string().describe("Its version, such as 0.1.0"),
  commit: z.string().optional().describe("Git commit that it was built from; of a release"),
});
export type VersionOutput = z.infer<typeof VersionOutput>;

/** What `version` prints of this very program. */
export function versionOutput(program: VersionOutput["program"]): VersionOutput {
  return { version: outputVersion, program, release: version, ...(commit === undefined ? {} : { commit }) };
}
