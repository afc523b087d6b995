// What a report says about changes of etcd's members.
import * as z from "zod";

export const EtcdMembersReport = z.object({
  generation: z.number().describe("Generation of the list that the host config asks for"),
  wished: z.array(z.string()).readonly().describe("Names of the members that the host config asks for"),
  members: z
    .array(
      z.object({
        name: z.string().describe("Name of the member"),
        role: z.enum(["leader", "voter", "learner"]).describe("What it is: a learner has no vote"),
        isWell: z.boolean().describe("Whether it answers as it should"),
      }),
    )
    .readonly()
    .describe("As etcd lists them; empty while nobody tells"),
  clusterId: z.string().optional().describe("ID of the cluster that told them, hexadecimal as etcd prints it"),
  done: z.string().optional().describe("What this host changed last"),
  waits: z.string().optional().describe("Why the next change is not made yet, or whose it is"),
  waitsMs: z.number().optional().describe("For how long it has waited for the same"),
  told: z.string().optional().describe("What a person has to do"),
  problem: z.string().optional().describe("Why the last look failed"),
});
export type EtcdMembersReport = Readonly<z.infer<typeof EtcdMembersReport>>;
