// What `validate -o json` prints, in both programs.
import * as z from "zod";
import { problems, Version } from "./pieces.ts";

export const ValidateOutput = z.object({
  version: Version,
  ok: z.boolean().describe("Whether the config is usable: it has no problems"),
  problems: problems("All that is wrong"),
  warnings: problems("What is worth a look"),
});
export type ValidateOutput = z.infer<typeof ValidateOutput>;
