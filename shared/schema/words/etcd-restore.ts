// A restore of etcd: a new cluster that every member begins from one snapshot.
import * as z from "zod";
import { Address, Name, Port } from "./words.ts";
import { domain } from "#shared/schema/types/domain.ts";

const identity = {
  number: z.int().min(1).max(1_000_000).meta({
    description: "Which restore of this cluster it is. A host that has done one does none of a lower number.",
  }),
  sha256: domain("SHA-256", z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits, as sha256sum prints them")).meta(
    {
      description: "Of the whole snapshot file; another file is never used.",
    },
  ),
  clusterId: domain(
    "cluster id of etcd",
    z
      .string()
      .regex(/^[1-9a-f][0-9a-f]{0,15}$/, "up to 16 hexadecimal digits without leading zeros, as etcd prints them"),
  ).meta({ description: "etcd's id of the new cluster, which follows from token and peer URLs of its first members." }),
};

/** What everybody must know of it who reads or writes in the new cluster. */
export const EtcdRestoreIdentity = z.strictObject(identity);
export type EtcdRestoreIdentity = z.infer<typeof EtcdRestoreIdentity>;

export const EtcdRestore = z.strictObject({
  ...identity,
  open: z.boolean().default(true).meta({
    description:
      "A member without any data begins from the snapshot also while no other member answers; say false when all members have worked, for then such a member has lost its data. Default true.",
  }),
  lost: z
    .array(
      z.strictObject({ name: Name, address: Address, peerPort: Port.default(2380), clientPort: Port.default(2379) }),
    )
    .max(32)
    .default([])
    .meta({
      description:
        "Members of the former cluster that somebody has said are lost; nothing is restored while one of them answers. Default none.",
    }),
});
export type EtcdRestore = z.infer<typeof EtcdRestore>;
