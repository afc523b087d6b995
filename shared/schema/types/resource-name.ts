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
  return resource === "*" ? undefined : unknownResource(resource, group);
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
  for (const [index, text] of list.entries()) {
    const other = list.find(
      (each, position) => position !== index && (position < index || each !== text) && means(each, text),
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

/** Whether `outer` is the other one, or has it in it. */
export function means(outer: string, inner: string): boolean {
  if (outer === inner || outer === "*.*") return true;
  const group = inner.includes(".") ? inner.slice(inner.indexOf(".") + 1) : "";
  return outer.startsWith("*.") && outer.slice(2) === group;
}
