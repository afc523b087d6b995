// What `boot -o json` prints.
import * as z from "zod";
import { Version } from "#shared/output/pieces.ts";

export const BootDocument = z.object({
  host: z.string().describe("Host whose machine it is for"),
  name: z.string().describe("Its name, such as user-data"),
  bytes: z.number().describe("Its size"),
  sha256: z.string().describe("SHA-256 of it, hexadecimal"),
  file: z.string().optional().describe("Where it was written; with --out"),
  content: z.string().optional().describe("What is in it; without --out, when it is text"),
  contentBase64: z.string().optional().describe("What is in it; without --out, when it is no text"),
});
export type BootDocument = z.infer<typeof BootDocument>;

export const BootOutput = z.object({
  version: Version,
  documents: z.array(BootDocument).readonly().describe("All documents of all hosts; they hold the hosts' keys"),
});
export type BootOutput = z.infer<typeof BootOutput>;
