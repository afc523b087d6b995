// Objects of the cluster in the host config: manifests and Helm releases.
import * as z from "zod";
import { Command, Content, durationBetween, Id, Image, Name, SecretName } from "#shared/schema/words/words.ts";
import { ApiAccess, KubernetesDocument } from "./kubernetes-words.ts";

export const Manifest = z
  .strictObject({
    content: Content.optional().meta({ description: "YAML text, one or more documents, at most 1 MiB." }),
    secret: SecretName.optional().meta({ description: "Secret with such a text, for manifests that hold secrets." }),
  })
  .refine(
    (manifest) => (manifest.content === undefined) !== (manifest.secret === undefined),
    "exactly one of content and secret",
  );
export type Manifest = z.infer<typeof Manifest>;

export const HelmRelease = z.strictObject({
  namespace: Name.default("default").meta({ description: "Namespace; made when it is missing. Default default." }),
  chart: SecretName.meta({ description: "Secret with the packed chart (tgz) in base64." }),
  values: KubernetesDocument.default({}).meta({ description: "Values of the chart. Default none." }),
  wait: z.boolean().default(true).meta({ description: "Wait until its objects are ready. Default true." }),
  timeout: durationBetween("1s", "24h")
    .default("5m")
    .meta({ description: "Limit of one install or upgrade. Default 5m." }),
});
export type HelmRelease = z.infer<typeof HelmRelease>;

/** Objects of the cluster, applied by one of the hosts that have this section. */
export const ClusterObjects = z.strictObject({
  generation: z.int().min(1).optional().meta({
    description:
      "One number for all hosts that have these objects; rises when they change. A host with a lower one than the cluster has seen applies nothing.",
  }),
  api: ApiAccess,
  uid: Id.optional().meta({ description: "User that kubectl and Helm run as. Default 65534." }),
  gid: Id.optional().meta({ description: "Group that kubectl and Helm run as. Default: the user's id." }),
  kubectlImage: Image,
  helmImage: Image.optional().meta({ description: "Image of Helm; needed for releases." }),
  kubectl: Command.default(["/bin/kubectl"]).meta({ description: "kubectl in its image. Default /bin/kubectl." }),
  helm: Command.default(["/usr/bin/helm"]).meta({ description: "Helm in its image. Default /usr/bin/helm." }),
  manifests: z
    .record(Name, Manifest)
    .default({})
    .meta({ description: "Manifests by name, applied in the order of their names. Default none." }),
  releases: z.record(Name, HelmRelease).default({}).meta({ description: "Helm releases by name. Default none." }),
});
export type ClusterObjects = z.infer<typeof ClusterObjects>;
