// JSON Schemas of what people write, for editors and for the reference of all fields.
import * as z from "zod";
import { ClusterConfig } from "./cluster-config.ts";
import { HostConfig } from "./host-config.ts";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Of the cluster config, as it may be written: fields with a default are optional. */
export function clusterJsonSchema(): JsonSchema {
  return { ...z.toJSONSchema(ClusterConfig, { io: "input" }), title: "flexkube cluster config" };
}

/** Of the host config, likewise. */
export function hostJsonSchema(): JsonSchema {
  return { ...z.toJSONSchema(HostConfig, { io: "input" }), title: "flexkube host config" };
}
