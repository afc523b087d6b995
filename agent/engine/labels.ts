// Labels by which the agent knows its containers. A container without the full set is foreign and never touched.
// They are never put on an image: containers inherit an image's labels.

/** Keys of our labels. */
export const labelKeys = {
  cluster: "flexkube.cluster",
  host: "flexkube.host",
  component: "flexkube.component",
  container: "flexkube.container",
  spec: "flexkube.spec",
  schema: "flexkube.schema",
  /** Decision behind etcd's first start arguments. */
  start: "flexkube.start",
  /** Purpose of a temporary container, such as `config`. */
  helper: "flexkube.helper",
} as const;

/** Meaning of the labels themselves; a container of another schema is foreign. */
export const labelSchema = "1";

/** What the labels of a managed container say. */
export type Ownership = {
  readonly cluster: string;
  readonly host: string;
  readonly component: string;
  /** The name it was made for; its own name ends in `.old` while it is being replaced. */
  readonly container: string;
  readonly specHash: string;
  readonly start?: string | undefined;
};

/** Labels of a managed container. */
export function ownershipLabels(ownership: Ownership): Readonly<Record<string, string>> {
  return {
    [labelKeys.cluster]: ownership.cluster,
    [labelKeys.component]: ownership.component,
    [labelKeys.container]: ownership.container,
    [labelKeys.host]: ownership.host,
    [labelKeys.schema]: labelSchema,
    [labelKeys.spec]: ownership.specHash,
    ...(ownership.start === undefined ? {} : { [labelKeys.start]: ownership.start }),
  };
}

/** Labels of a temporary container: enough to find and remove it, too little to be taken for a managed one. */
export function helperLabels(helper: {
  readonly cluster: string;
  readonly host: string;
  readonly purpose: string;
}): Readonly<Record<string, string>> {
  return { [labelKeys.cluster]: helper.cluster, [labelKeys.helper]: helper.purpose, [labelKeys.host]: helper.host };
}

/** What the labels say, or undefined unless the full set of our schema is there. */
export function parseOwnership(labels: Readonly<Record<string, string>>): Ownership | undefined {
  const cluster = labels[labelKeys.cluster];
  const host = labels[labelKeys.host];
  const component = labels[labelKeys.component];
  const container = labels[labelKeys.container];
  const specHash = labels[labelKeys.spec];
  if (!cluster || !host || !component || !container || !specHash) return undefined;
  if (labels[labelKeys.schema] !== labelSchema) return undefined;
  return { cluster, host, component, container, specHash, start: labels[labelKeys.start] };
}
