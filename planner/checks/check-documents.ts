// Documents of Kubernetes' programs in the cluster config, against the types that the programs decode them into.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { suggestion } from "#shared/nearest.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { knownPlugins } from "#planner/cluster/kubernetes/admission-plugins.ts";
import {
  authenticationDocument,
  auditPolicyDocument,
  admissionDocument,
  proxyDocument,
  schedulerDocument,
} from "#planner/cluster/kubernetes/documents.ts";
import type { ProgramLayer } from "#planner/cluster/kubernetes/program-layers.ts";
import { layerMinors, programLayers } from "#planner/cluster/kubernetes/program-layers.ts";
import type { DocumentKind } from "#planner/upstream/document-table.ts";
import { checkDocument, isMap } from "#planner/upstream/document-table.ts";
import { outsideOfVersion } from "#planner/upstream/version-limits.ts";
import { checkSchedulerPlugins } from "./check-scheduler-plugins.ts";
import { checkServerDocuments } from "./check-server-documents.ts";
import { ownValue } from "#shared/own-value.ts";
import { uniqueFindings } from "#shared/document/finding.ts";

export type DocumentFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Each fault at its own place. */
export function checkDocuments(cluster: Cluster): DocumentFindings {
  const { config, kubernetes } = cluster;
  if (kubernetes === undefined) return { problems: [], warnings: [] };
  const { minor } = kubernetes.version;
  const policy = config.controlPlane?.audit.policy;
  const at = ["controlPlane", "audit", "policy"];
  return {
    problems: [
      ...(policy === undefined ? [] : checkPolicy(policy, { minor, path: at })),
      ...programLayers(config).flatMap((layer) => checkVersions(layer, minor)),
      ...checkEnabled(programLayers(config), minor),
      ...checkServerDocuments(cluster),
    ],
    warnings: policy === undefined ? [] : filledIn(policy, at),
  };
}

/** By the version of each program that the layer speaks of; what holds for all is told once. */
function checkVersions(layer: ProgramLayer, cluster: number): readonly Finding[] {
  return uniqueFindings(layerMinors(layer, cluster).flatMap((minor) => checkLayer(layer, minor)));
}

type Where = { readonly minor: number; readonly path: Path };

function kindOf({ apiVersion, kind }: Readonly<Record<string, unknown>>): DocumentKind {
  return { apiVersion: String(apiVersion), kind: String(kind) };
}

function checkPolicy(policy: Readonly<Record<string, unknown>>, where: Where): readonly Finding[] {
  const found = checkDocument(policy, kindOf(auditPolicyDocument), where);
  if (found.length > 0) return found;
  const { rules } = policy;
  if (!Array.isArray(rules) || rules.length === 0)
    return [
      { path: where.path, at: "key", problem: "a policy without rules", hint: "such as rules: [{ level: Metadata }]" },
    ];
  return rules.flatMap((rule: unknown, index): readonly Finding[] =>
    isMap(rule) && typeof rule["level"] === "string" && rule["level"] !== ""
      ? []
      : [
          {
            path: [...where.path, "rules", index],
            problem: "a rule without a level",
            hint: "None, Metadata, Request or RequestResponse",
          },
        ],
  );
}

/** A policy is taken as it is, so what is missing in it is told; other documents lie on top of flexkube's own. */
function filledIn(policy: Readonly<Record<string, unknown>>, path: Path): readonly Finding[] {
  const { apiVersion, kind } = kindOf(auditPolicyDocument);
  return policy["apiVersion"] === undefined || policy["kind"] === undefined
    ? [{ path, at: "key", problem: `apiVersion and kind are not both there: ${apiVersion} ${kind} is taken` }]
    : [];
}

const documents = {
  kubelet: { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" },
  scheduler: kindOf(schedulerDocument),
  proxy: kindOf(proxyDocument({ host: "", mode: "", podCidr: "" })),
} as const;

function checkLayer(
  { program, path, config, admission, authentication }: ProgramLayer,
  minor: number,
): readonly Finding[] {
  const where = (field: string): Where => ({ minor, path: [...path, field] });
  if (program === "apiserver")
    return [
      ...(isMap(admission) ? checkAdmission(admission, where("admission")) : []),
      ...(isMap(authentication)
        ? checkDocument(authentication, kindOf(authenticationDocument), where("authentication"))
        : []),
    ];
  if (program === "controllerManager" || !isMap(config)) return [];
  return [
    ...checkDocument(config, documents[program], where("config")),
    ...(program === "scheduler" ? checkPluginArguments(config, where("config")) : []),
  ];
}

function checkEnabled(layers: readonly ProgramLayer[], minor: number): readonly Finding[] {
  const schedulers = layers.filter(({ program }) => program === "scheduler");
  if (schedulers.some(({ image }) => image !== undefined)) return [];
  return schedulers.flatMap(({ path, config }) =>
    isMap(config) ? checkSchedulerPlugins(config, { minor, path: [...path, "config"] }) : [],
  );
}

/** Documents of plug-ins, which are documents of their own. */
const pluginDocuments: Readonly<Record<string, DocumentKind>> = {
  PodSecurity: { apiVersion: "pod-security.admission.config.k8s.io/v1", kind: "PodSecurityConfiguration" },
  EventRateLimit: { apiVersion: "eventratelimit.admission.k8s.io/v1alpha1", kind: "Configuration" },
  PodTolerationRestriction: { apiVersion: "podtolerationrestriction.admission.k8s.io/v1alpha1", kind: "Configuration" },
  ResourceQuota: { apiVersion: "apiserver.config.k8s.io/v1", kind: "ResourceQuotaConfiguration" },
  ValidatingAdmissionWebhook: { apiVersion: "apiserver.config.k8s.io/v1", kind: "WebhookAdmissionConfiguration" },
  MutatingAdmissionWebhook: { apiVersion: "apiserver.config.k8s.io/v1", kind: "WebhookAdmissionConfiguration" },
};

function checkAdmission(document: Readonly<Record<string, unknown>>, where: Where): readonly Finding[] {
  const found = checkDocument(document, kindOf(admissionDocument("baseline")), where);
  const { plugins } = document;
  if (!Array.isArray(plugins)) return found;
  return [
    ...found,
    ...plugins.flatMap((plugin: unknown, index): readonly Finding[] => {
      const path = [...where.path, "plugins", index];
      const { name, configuration } = isMap(plugin) ? plugin : {};
      if (typeof name !== "string" || !knownPlugins.includes(name))
        return [
          {
            path: [...path, "name"],
            problem: "no admission plug-in has this name",
            hint: suggestion(String(name), knownPlugins),
          },
        ];
      const outside = outsideOfVersion("plugins", name, where.minor);
      if (outside !== undefined) return [{ path: [...path, "name"], problem: `${name}: ${outside}` }];
      const usual = ownValue(pluginDocuments, name);
      if (usual === undefined || !isMap(configuration)) return [];
      const at = { minor: where.minor, path: [...path, "configuration"] };
      return [...missingKind(configuration, usual, at.path), ...checkDocument(configuration, usual, at)];
    }),
  ];
}

function missingKind(document: Readonly<Record<string, unknown>>, usual: DocumentKind, path: Path): readonly Finding[] {
  return (["apiVersion", "kind"] as const)
    .filter((field) => document[field] === undefined)
    .map((field) => ({ path, at: "key", problem: `${field} is missing`, hint: `write ${field}: ${usual[field]}` }));
}

/** Arguments of the scheduler's plug-ins. */
function checkPluginArguments({ profiles }: Readonly<Record<string, unknown>>, where: Where): readonly Finding[] {
  const lists = Array.isArray(profiles) ? profiles : [];
  return lists.flatMap((profile: unknown, index) => {
    const configs = isMap(profile) && Array.isArray(profile["pluginConfig"]) ? profile["pluginConfig"] : [];
    return configs.flatMap((each: unknown, at): readonly Finding[] => {
      const { name, args } = isMap(each) ? each : {};
      if (typeof name !== "string" || !isMap(args) || !ownArguments.has(name)) return [];
      const usual = { apiVersion: documents.scheduler.apiVersion, kind: `${name}Args` };
      return checkDocument(args, usual, {
        minor: where.minor,
        path: [...where.path, "profiles", index, "pluginConfig", at, "args"],
      });
    });
  });
}

const ownArguments = new Set([
  "DefaultPreemption",
  "DynamicResources",
  "InterPodAffinity",
  "NodeAffinity",
  "NodeResourcesBalancedAllocation",
  "NodeResourcesFit",
  "PodTopologySpread",
  "VolumeBinding",
]);
