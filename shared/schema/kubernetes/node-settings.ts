// What the agent keeps right at a Node object.
import * as z from "zod";
import { domain } from "#shared/schema/types/domain.ts";
import { foreignName } from "#shared/schema/types/own-name.ts";
import { illFormed } from "#shared/schema/types/well-formed.ts";
import { ApiAccess, NodeName } from "./kubernetes-words.ts";

// what Kubernetes says of these names and values is checked in checks/check-node.ts
const LabelKey = domain("key of a label", z.string(), foreignName);
const LabelValue = domain("value of a label", z.string(), illFormed);

const labels = z.record(LabelKey, LabelValue).default({});
const taints = z
  .array(
    z.strictObject({
      key: LabelKey.min(1).max(317).meta({ description: "Key of the taint." }),
      value: LabelValue.max(63).optional().meta({ description: "Value of the taint. Default none." }),
      effect: z
        .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
        .meta({ description: "What it does to pods that do not tolerate it." }),
    }),
  )
  .default([]);

/** What a kubelet says of its node when it registers it, and never again. */
export const NodeRegistration = z.strictObject({
  labels: labels.meta({ description: "Labels that the node begins with. Default none." }),
  taints: taints.meta({ description: "Taints that the node begins with. Default none." }),
});
export type NodeRegistration = z.infer<typeof NodeRegistration>;

/** What the agent keeps right at the Node object, which the kubelet may not set itself. */
export const NodeSettings = z.strictObject({
  name: NodeName.meta({ description: "Name of the Kubernetes node." }),
  api: ApiAccess,
  labels: labels.meta({ description: "Labels to keep. Default none." }),
  annotations: z.record(LabelKey, LabelValue).default({}).meta({ description: "Annotations to keep. Default none." }),
  taints: taints.meta({ description: "Taints to keep. Default none." }),
  acknowledge: z.literal(true).optional().meta({
    description:
      "The agent says at the Node, in the annotation flexkube.io/delivered, which host config is in force. Default: where host configs come through Kubernetes.",
  }),
});
export type NodeSettings = z.infer<typeof NodeSettings>;
