// The attributes of flexkube_cluster.
import type { Attributes, Row } from "#planner/terraform/wire/attributes.ts";

/** What a person says. */
export const clusterInputs = {
  config: { type: "string", from: "required", description: "The cluster config: the text of a cluster.yaml." },
  directory: {
    type: "string",
    from: "optional",
    description: "Where relative paths in config begin, such as path.module; the working directory when unset.",
  },
  bootstrapped: {
    type: "bool",
    from: "defaulted",
    description: "Said once etcd is up on all its hosts, as split --bootstrapped; never taken back.",
  },
  pki_directory: {
    type: "string",
    from: "optional",
    description:
      "Keeps keys in this directory instead of the state, as flexkube-planner does, and host configs in hosts_directory.",
  },
  hosts_directory: {
    type: "string",
    from: "optional",
    description: "With pki_directory: where host configs are written; the directory hosts beside it when unset.",
  },
  recipients: {
    type: "strings",
    from: "optional",
    description: "Keeps keys in the state sealed to these recipients of age (age1…); needs identity_wo.",
  },
  identity_wo: {
    type: "string",
    from: "optional",
    isSensitive: true,
    isWriteOnly: true,
    description: "The identity of age (AGE-SECRET-KEY-…) of one of the recipients; in neither state nor plan.",
  },
} as const satisfies Attributes;

/** What comes of it. */
export const clusterOutputs = {
  id: { type: "string", from: "computed", description: "The cluster's name." },
  pki: {
    type: "map of string",
    from: "computed",
    isSensitive: true,
    description: "Keys, certificates and what the planner remembers, by path; null with pki_directory or recipients.",
  },
  sealed_pki: {
    type: "string",
    from: "computed",
    isSensitive: true,
    description:
      "With recipients: keys and host configs as a tar archive, packed with gzip and sealed with age, in ASCII armor.",
  },
  host_configs: {
    type: "map of string",
    from: "computed",
    isSensitive: true,
    description: "The host config of each host, with its keys; null with pki_directory or recipients.",
  },
  kubeconfig: {
    type: "string",
    from: "computed",
    isSensitive: true,
    description:
      "Of an administrator, for a year, renewed when a third of that is left; null without kubernetes, with pki_directory or recipients.",
  },
  host_hashes: { type: "map of string", from: "computed", description: "SHA-256 of each host config's text." },
  generations: { type: "map of number", from: "computed", description: "The generation of each host config." },
  preview: {
    type: "map of strings",
    from: "computed",
    description: "What the agent of each host does with the last change, line by line.",
  },
  pki_changes: {
    type: "strings",
    from: "computed",
    description: "Keys and certificates that the last change makes, and why.",
  },
  ca_certificates: {
    type: "map of string",
    from: "computed",
    description: "The certificates of each CA, by its name.",
  },
  renewal: {
    type: "string",
    from: "computed",
    description: "When the first certificate is due to be renewed: apply and deliver by then.",
  },
} as const satisfies Attributes;

export const clusterAttributes = { ...clusterInputs, ...clusterOutputs } as const satisfies Attributes;

export type ClusterRow = Row<typeof clusterAttributes>;
export type OutputName = keyof typeof clusterOutputs;
