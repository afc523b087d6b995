// What `certificates -o json` prints.
import * as z from "zod";
import { time, Version } from "#shared/output/pieces.ts";

export const renewers = ["split", "key-holder", "nobody"] as const;

export const CertificateData = z.object({
  name: z.string().describe("As in pki/, without .crt; behind the first of a CA's file ` (2)`"),
  host: z.string().optional().describe("Host that has it"),
  for: z.string().describe("Its common name"),
  renewedBy: z
    .enum(renewers)
    .describe("split: the first one when it is due; key-holder: whoever has its CA's key; nobody: a CA stays"),
  cause: z.string().optional().describe("Why the next split makes it anew"),
  issued: time("When it began; unset where there is none yet").optional(),
  ends: time("When it ends").optional(),
  renewalDue: time("From when on it is made anew").optional(),
});
export type CertificateData = z.infer<typeof CertificateData>;

export const CertificatesOutput = z.object({
  version: Version,
  cluster: z.string().describe("Name of the cluster"),
  at: time("When this was so"),
  certificates: z.array(CertificateData).readonly().describe("The first to end comes first"),
});
export type CertificatesOutput = z.infer<typeof CertificatesOutput>;
