// Words that the schemas of all Kubernetes components share. What the planner chose (versions, flags, documents) stands in
// the host config in full; paths inside a container and the flags that name files are made by expand.
import * as z from "zod";
import { Argument, Id, Image, Resources, RestartPolicy, SecretName } from "#shared/schema/words/words.ts";
import { LogConfig } from "#shared/schema/words/container.ts";
import { domain } from "#shared/schema/types/domain.ts";
import type { Fault } from "#shared/schema/types/domain.ts";
import { foreignName } from "#shared/schema/types/own-name.ts";
import { notServerUrl } from "#shared/schema/types/url.ts";
import { illFormed } from "#shared/schema/types/well-formed.ts";

/** Flags of a Kubernetes program by name, without dashes; a list gives a flag several times. */
export const Arguments = z
  .record(
    domain(
      "name of a flag",
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,100}$/, "the name of a flag without dashes, such as event-ttl"),
      foreignName,
    ),
    z.union([Argument.max(65536), z.array(Argument.max(65536)).max(100)]),
  )
  .meta({ description: "Flags by name, without dashes; a list gives a flag several times." });
export type Arguments = z.infer<typeof Arguments>;

/** A configuration document of a Kubernetes program, as its API group defines it. */
export const KubernetesDocument = domain("document", z.record(z.string().max(253), z.json()), illFormedWithin);
export type KubernetesDocument = z.infer<typeof KubernetesDocument>;

/** Of a server that speaks TLS. */
export const ServerUrl = domain(
  "URL of a server",
  z.string().regex(/^https:\/\/[^\s/]+$/, "an https URL without a path, such as https://127.0.0.1:7443"),
  notServerUrl,
);

/** How a component reaches the API and who it is there. */
export const ApiAccess = z
  .strictObject({
    server: ServerUrl.meta({ description: "URL of the API, most often the host's own load balancer." }),
    ca: SecretName.default("kubernetes/ca.crt").meta({ description: "Secret with the CA of the API servers." }),
    certificate: SecretName.meta({ description: "Secret with the client certificate." }),
    key: SecretName.meta({ description: "Secret with the client certificate's key." }),
  })
  .meta({ description: "How it reaches the Kubernetes API, and as whom." });
export type ApiAccess = z.infer<typeof ApiAccess>;

/** Hash of the cluster-wide settings of a component: equal on all hosts that run the same. */
export const Rollout = domain("hash", z.string().regex(/^[0-9a-f]{8,64}$/, "8 to 64 hexadecimal digits"))
  .optional()
  .meta({
    description: "Hash of the component's cluster-wide settings; one that failed on a host is not tried on others.",
  });

/** Fields of every service of the control plane. */
export const serviceFields = {
  image: Image,
  args: Arguments.default({}),
  uid: Id.default(65534).meta({ description: "User it runs as. Default 65534." }),
  gid: Id.default(65534).meta({ description: "Group it runs as. Default 65534." }),
  resources: Resources.prefault({}),
  log: LogConfig.prefault({}),
  restart: RestartPolicy.default("always"),
};

/** Name of a Node object. */
export const NodeName = domain(
  "name of a node",
  z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "lower-case letters, digits, dashes and dots"),
);

/** A network in CIDR notation. */
export const Cidr = domain("network", z.union([z.cidrv4(), z.cidrv6()], { error: "a network such as 10.244.0.0/16" }));

/** The first text in a document that no file can hold. */
function illFormedWithin(value: unknown): Fault | undefined {
  if (typeof value === "string") return illFormed(value);
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    const fault = illFormed(key) ?? illFormedWithin(each);
    if (fault !== undefined) return { ...fault, at: [Array.isArray(value) ? Number(key) : key, ...(fault.at ?? [])] };
  }
  return undefined;
}
