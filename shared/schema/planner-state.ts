// What the planner remembers between two splits, beside the keys in pki/: it holds a secret.
import * as z from "zod";
import { Name } from "./common.ts";
import { apiVersion } from "./host-config.ts";

export const PlannerState = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal("PlannerState"),
  cluster: Name,
  bootstrapped: z
    .boolean()
    .default(false)
    .meta({ description: "The operator has said that etcd is up; it is never founded again." }),
  hashKey: z.string().min(16).meta({ description: "Key of digests that cover secrets." }),
  hosts: z
    .record(Name, z.strictObject({ generation: z.int().min(1), digest: z.string() }))
    .default({})
    .meta({
      description: "Per host: the generation given out last and the digest of its content. Hosts taken out stay.",
    }),
});
export type PlannerState = z.infer<typeof PlannerState>;
