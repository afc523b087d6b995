// What `split`, `diff` and `restore` print with `-o json`.
import * as z from "zod";
import { problems, texts, time, Version } from "#shared/output/pieces.ts";

const host = z.string().describe("Name of the host");
const certificatesUntil = time("When the last certificate that it holds ends").optional();
const secrets = texts("Secrets that stay good beyond that, by name");

const Difference = z.object({
  name: z.string().describe("Name of the secret"),
  before: z.string().optional().describe("First digits of its keyed digest before"),
  after: z.string().optional().describe("The same as it is now"),
});

export const SplitHost = z.object({
  host,
  change: z
    .enum(["same", "new", "changed", "rewritten"])
    .describe("What becomes of its host config; rewritten: its file alone"),
  generation: z.number().describe("Generation of its host config"),
  generationBefore: z.number().optional().describe("Generation of the one that is there"),
  plan: texts("What its agent will do, a line each"),
  difference: texts("Lines of the host config that differ; of diff").optional(),
  secrets: z.array(Difference).readonly().optional().describe("Secrets that differ; of diff"),
});
export type SplitHost = z.infer<typeof SplitHost>;

const Member = z.object({ host, as: z.string().describe("Name of its member in etcd") });
const members = (description: string) => z.array(Member).readonly().describe(description);

const MembersChange = z.object({
  generation: z.number().describe("Of the list of members"),
  joins: members("Members that are added"),
  leaves: members("Members that are removed"),
  replaced: members("Members that begin anew, without their data"),
  moves: z
    .array(z.object({ host, to: z.string().describe("Its new address") }))
    .readonly()
    .describe("Members whose address changes"),
});

const Restore = z.object({
  number: z.number().describe("How many restores this cluster has had, this one included"),
  repeated: z.boolean().describe("Whether it is the one before, said again"),
  clusterId: z.string().describe("ID of the new cluster of etcd"),
  token: z.string().describe("Its token"),
  snapshot: z
    .object({
      file: z.string().describe("The snapshot as it was given"),
      bytes: z.number().describe("Its size"),
      sha256: z.string().describe("SHA-256 of it, hexadecimal"),
      record: z.string().optional().describe("Name of its record, where there is one"),
    })
    .describe("What etcd begins from"),
  hosts: z
    .array(
      z.object({
        host,
        directories: texts("Where its agent looks for the snapshot"),
        found: z.string().optional().describe("Where it most likely lies already"),
      }),
    )
    .readonly()
    .describe("Hosts that need the snapshot"),
  lost: z
    .array(
      z.object({
        name: z.string().describe("Name of the member"),
        address: z.string().describe("Its host's address"),
        peerPort: z.number().describe("Its port for other members"),
        clientPort: z.number().describe("Its port for clients"),
      }),
    )
    .readonly()
    .describe("Members that must not answer"),
});
export type RestoreData = z.infer<typeof Restore>;

const Held = z.object({ host, certificatesUntil, secrets });
export type HeldData = z.infer<typeof Held>;
const Left = z.object({ host, leaves: texts("What it leaves: etcd, the control plane"), certificatesUntil, secrets });
export type LeftData = z.infer<typeof Left>;

export const SplitOutput = z.object({
  version: Version,
  cluster: z.string().describe("Name of the cluster"),
  changes: z.boolean().describe("Whether anything is written"),
  founds: z.boolean().describe("Whether this founds the cluster"),
  hosts: z.array(SplitHost).readonly().describe("All hosts of the cluster config"),
  restore: Restore.optional().describe("What etcd begins anew from; of a restore"),
  etcdMembers: MembersChange.optional().describe("How the list of etcd's members changes"),
  pki: z
    .array(
      z.object({
        name: z.string().describe("As in pki/, without an ending"),
        cause: z.string().describe("Why it is made"),
      }),
    )
    .readonly()
    .describe("Keys and certificates that are made"),
  certificatesEnd: time("When the first certificate ends: deliver before").optional(),
  renewalDue: time("When the next renewal is due: split and deliver by then").optional(),
  sealed: z
    .object({ directory: z.string().describe("Where they are"), anew: texts("Hosts whose file is sealed anew") })
    .optional()
    .describe("Sealed host configs; of a sealed cluster"),
  gone: texts("Hosts that left the cluster config"),
  held: z.array(Held).readonly().describe("What hosts that are gone hold"),
  left: z.array(Left).readonly().describe("What hosts hold that leave etcd or the control plane"),
  warnings: problems("What is worth a look"),
  bootstrap: z.string().optional().describe("What to type once, when the cluster is up"),
});
export type SplitOutput = z.infer<typeof SplitOutput>;
