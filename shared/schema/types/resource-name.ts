// Names of Kubernetes' resources, as the configuration of encryption at rest takes them: plural, in lower case, with their group.
import { nearest } from "#shared/nearest.ts";
import type { Fault } from "./domain.ts";
import { notDnsName } from "./dns-name.ts";
import { ownValue } from "#shared/own-value.ts";

/** Resources of Kubernetes' own groups; the group without a name first. */
const known: Readonly<Record<string, readonly string[]>> = {
  "": [
    "bindings",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podtemplates",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "serviceaccounts",
    "services",
  ],
  apps: ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"],
  autoscaling: ["horizontalpodautoscalers"],
  batch: ["cronjobs", "jobs"],
  policy: ["poddisruptionbudgets"],
  "apiextensions.k8s.io": ["customresourcedefinitions"],
  "apiregistration.k8s.io": ["apiservices"],
  "certificates.k8s.io": ["certificatesigningrequests", "clustertrustbundles", "podcertificaterequests"],
  "coordination.k8s.io": ["leasecandidates", "leases"],
  "discovery.k8s.io": ["endpointslices"],
  "networking.k8s.io": ["ingressclasses", "ingresses", "ipaddresses", "networkpolicies", "servicecidrs"],
  "node.k8s.io": ["runtimeclasses"],
  "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
};

/** `secrets`, `deployments.apps`, `widgets.example.org`, `*.apps`, `*.` (the group without a name), `*.*`. */
export function notResource(text: string): Fault | undefined {
  const name = JSON.stringify(text);
  if (text === "") return { problem: "the name of a resource is empty", hint: "such as secrets or deployments.apps" };
  if (text === "*") return { problem: "* alone is no resource", hint: "*. is the core group, *.* is all" };
  if (text === "*." || text === "*.*") return undefined;
  if (/[A-Z]/.test(text))
    return { problem: `${name}: resources are in lower case`, hint: `did you mean ${text.toLowerCase()}?` };
  const dot = text.indexOf(".");
  const [resource, group] = dot < 0 ? [text, ""] : [text.slice(0, dot), text.slice(dot + 1)];
  if (!/^([a-z][a-z0-9-]*|\*)$/.test(resource) || (dot >= 0 && (group === "*" || notDnsName(group) !== undefined)))
    return {
      problem: `${name} is no name of a resource`,
      hint: "plural and group, such as secrets or deployments.apps",
    };
  if (group === "extensions") return { problem: `${name}: the group extensions is gone` };
  if (group !== "" && !group.includes(".") && ownValue(known, group) === undefined)
    return { problem: `${name}: there is no group ${group}`, ...groupHint(resource) };
  return resource === "*" ? undefined : unknownResource(resource, group);
}

/** Groups of one's own have a dot: Kubernetes takes no other ones. */
function groupHint(resource: string): Pick<Fault, "hint"> {
  const home = Object.entries(known).find(([, each]) => each.includes(resource))?.[0];
  if (home !== undefined) return { hint: `did you mean ${home === "" ? resource : `${resource}.${home}`}?` };
  return { hint: "apps, autoscaling, batch and policy are Kubernetes' own, others have a dot, such as example.org" };
}

function unknownResource(resource: string, group: string): Fault | undefined {
  const resources = ownValue(known, group);
  if (resources === undefined || resources.includes(resource)) return undefined;
  const place = group === "" ? "the core group has" : `${group} has`;
  const other = Object.entries(known).find(([, each]) => each.includes(resource))?.[0];
  const near = nearest(resource, resources);
  const meant = other === undefined ? near : other === "" ? resource : `${resource}.${other}`;
  return {
    problem: `${place} no resource ${resource}`,
    hint: meant === undefined ? "a resource of another group has it after a dot" : `did you mean ${meant}?`,
  };
}

/** A resource that another entry of the list means too. */
export function overlappingResources(list: readonly string[]): Fault | undefined {
  const first = new Map<string, number>();
  for (const [index, text] of list.entries()) if (!first.has(text)) first.set(text, index);
  for (const [index, text] of list.entries()) {
    const other = namesFor(text).find(
      (each) => (first.get(each) ?? index) < index || (each !== text && first.has(each)),
    );
    if (other !== undefined)
      return {
        problem: other === text ? `${text} is there twice` : `${text} is meant by ${other} too`,
        hint: "name each resource once",
        at: [index],
      };
  }
  return undefined;
}

/** By which a list may mean the resource: itself, all, all of its group. */
export function namesFor(resource: string): readonly string[] {
  return [resource, "*.*", `*.${groupOf(resource)}`];
}

/** Without a dot it is the core group. */
function groupOf(resource: string): string {
  return resource.includes(".") ? resource.slice(resource.indexOf(".") + 1) : "";
}
