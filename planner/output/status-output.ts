// What the planner's `status -o json` prints.
import * as z from "zod";
import { time, Version } from "#shared/output/pieces.ts";

const told = {
  result: z.string().describe("How its last tick ended; see the table"),
  etcd: z.string().describe("Its member of etcd, in a word"),
  controlPlane: z.string().describe("Its part of the control plane, in a word"),
  kubelet: z.string().describe("Its kubelet, in a word"),
  versions: z
    .object({
      etcd: z.string().describe("Tag of etcd's image that runs; empty where there is none"),
      kubernetes: z.string().describe("The same of Kubernetes"),
    })
    .describe("What runs"),
  certificatesEnd: time("When its first certificate ends").optional(),
  agentVersion: z.string().describe("Version of its agent"),
  writtenAt: time("When its report was written").optional(),
};
export type HostWordsData = z.infer<z.ZodObject<typeof told>>;

const toldByNobody = z.object(told).partial().shape;

export const StatusHost = z.object({
  host: z.string().describe("Name of the host"),
  wantedGeneration: z.number().optional().describe("Generation of the host config that it should have"),
  generation: z.number().optional().describe("Generation of the one that it has"),
  isProven: z.boolean().describe("Whether this is the host's own word about the wanted host config"),
  ...toldByNobody,
});
export type StatusHost = z.infer<typeof StatusHost>;

export const Finding = z.object({
  code: z.string().describe("Kind of what is not as it should be, such as behind or no-report"),
  host: z.string().optional().describe("Host that it is about"),
  file: z.string().optional().describe("File that it was read from"),
  problem: z.string().describe("What is wrong"),
  hint: z.string().describe("What to do, or the line to type"),
});

export const StatusOutput = z.object({
  version: Version,
  cluster: z.string().describe("Name of the cluster"),
  at: time("When this was so"),
  hosts: z.array(StatusHost).readonly().describe("In the order of the cluster config"),
  findings: z.array(Finding).readonly().describe("What is not as it should be"),
});
export type StatusOutput = z.infer<typeof StatusOutput>;
