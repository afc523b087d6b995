// Labels by which the agent knows its containers. A container without the full set is foreign and never touched.
// They are never put on an image: containers inherit an image's labels.

import { canonical } from "#shared/canonical.ts";
import { isComponentName } from "#shared/state/component-directory.ts";
import { origins } from "#shared/delivery/delivery-record.ts";
import type { Delivered } from "#shared/delivery/delivery-record.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";

import type { HelmJob } from "#shared/state/observed.ts";

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
  /** Host facts that its spec rests on, as JSON. */
  facts: "flexkube.facts",
  /** Generation and digest of the host config that was in force when it was made, as JSON. */
  delivered: "flexkube.delivered",
  /** Purpose of a temporary container, such as `config`. */
  helper: "flexkube.helper",
  /** Which process of ours made a container that only one may have at a time. */
  holder: "flexkube.holder",
  /** What a container of Helm was started for, as JSON. */
  job: "flexkube.job",
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
  readonly facts?: HostFacts | undefined;
  /** No part of the spec: another host config that changes nothing of the container leaves it as it is. */
  readonly delivered?: Delivered | undefined;
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
    ...(ownership.facts === undefined ? {} : { [labelKeys.facts]: canonical(ownership.facts) }),
    ...(ownership.delivered === undefined ? {} : { [labelKeys.delivered]: canonical(ownership.delivered) }),
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
  if (labels[labelKeys.schema] !== labelSchema || !isComponentName(component)) return undefined;
  const facts = parseObject(labels[labelKeys.facts], factsOf);
  const delivered = parseObject(labels[labelKeys.delivered], deliveredOf);
  const about = { cluster, host, component, container, specHash, start: labels[labelKeys.start] };
  return { ...about, ...(facts === undefined ? {} : { facts }), ...(delivered === undefined ? {} : { delivered }) };
}

/** Undefined for a label that is not there or not understood: facts are then found out again. */
function parseObject<Value>(label: string | undefined, read: (said: object) => Value): Value | undefined {
  if (label === undefined) return undefined;
  try {
    const said: unknown = JSON.parse(label);
    return typeof said === "object" && said !== null ? read(said) : undefined;
  } catch {
    // another version's, or somebody's own
    return undefined;
  }
}

function deliveredOf(said: object): Delivered | undefined {
  const known = new Map<string, unknown>(Object.entries(said));
  const origin = origins.find((word) => word === known.get("origin"));
  const [generation, digest] = [known.get("generation"), known.get("digest")];
  return origin === undefined
    ? undefined
    : {
        origin,
        ...(typeof generation === "number" && Number.isSafeInteger(generation) ? { generation } : {}),
        ...(typeof digest === "string" ? { digest } : {}),
      };
}

/** Those facts of an object that are known words. */
export function factsOf(said: object): HostFacts {
  const known = new Map<string, unknown>(Object.entries(said));
  const cri = (["containerd", "cri-dockerd"] as const).find((word) => word === known.get("cri"));
  const cgroupVersion = ([1, 2] as const).find((word) => word === known.get("cgroupVersion"));
  const cgroupDriver = (["cgroupfs", "systemd"] as const).find((word) => word === known.get("cgroupDriver"));
  const resolver = (["plain", "systemd-resolved"] as const).find((word) => word === known.get("resolver"));
  return {
    ...(resolver === undefined ? {} : { resolver }),
    ...(cri === undefined ? {} : { cri }),
    ...(cgroupVersion === undefined ? {} : { cgroupVersion }),
    ...(cgroupDriver === undefined ? {} : { cgroupDriver }),
  };
}

/** Labels of a container in which Helm works. */
export function jobLabels(job: HelmJob): Readonly<Record<string, string>> {
  return { [labelKeys.job]: JSON.stringify(job) };
}

/** What Helm was started for; undefined for any other container. */
export function parseJob(labels: Readonly<Record<string, string>>): HelmJob | undefined {
  const text = labels[labelKeys.job];
  if (text === undefined || labels[labelKeys.helper] !== "helm") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJob(value) ? value : undefined;
  } catch {
    // not ours: a job that nobody understands is a leftover
    return undefined;
  }
}

function isJob(value: unknown): value is HelmJob {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const texts = ["release", "namespace", "digest", "image"].every((key) => typeof fields.get(key) === "string");
  const operation = fields.get("operation");
  return texts && typeof fields.get("until") === "number" && (operation === "install" || operation === "uninstall");
}
