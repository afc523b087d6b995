// DNS names: of hosts, in certificates, of a cluster's domain.
import { isAddress, notNameable } from "./address-kind.ts";
import type { Fault } from "./domain.ts";

const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A host's name in lower case: labels of at most 63 characters with dots between them. */
export function notDnsName(name: string): Fault | undefined {
  if (name === "") return { problem: "a name is missing" };
  if (name.length > 253) return { problem: "a DNS name has at most 253 characters" };
  for (const part of name.split(".")) {
    if (part === "")
      return { problem: `${quoted(name)} is no DNS name: a part between dots is empty`, hint: "remove the extra dot" };
    if (part.length > 63)
      return {
        problem: "a part of a DNS name has at most 63 characters",
        hint: `${part.slice(0, 20)}… has ${part.length}`,
      };
    if (!label.test(part))
      return {
        problem: `${quoted(name)} is no DNS name`,
        hint: /[A-Z]/.test(part)
          ? "write it in lower case"
          : "letters, digits and inner dashes, with dots between the parts",
      };
  }
  return undefined;
}

/** A name that resolvers take for a name, and not for an address. */
function notHostName(name: string): Fault | undefined {
  return (
    notDnsName(name) ??
    (/(^|\.)[0-9]+$/.test(name)
      ? { problem: `${quoted(name)} is no IP address, and no DNS name ends in a number` }
      : undefined)
  );
}

/** What a certificate is for: a DNS name, with `*.` in front if need be, or an IP address. */
export function notSubjectName(name: string): Fault | undefined {
  if (isAddress(name)) return notNameable(name);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name))
    return {
      problem: `${quoted(name)} is a URL`,
      hint: "give the DNS name or IP address alone, without scheme and port",
    };
  if (/^\[.*\]/.test(name) || /^[^:]+:[0-9]*$/.test(name))
    return { problem: `${quoted(name)} has a port or brackets`, hint: "give the DNS name or IP address alone" };
  if (/^[0-9a-f.:]+\/[0-9]+$/i.test(name))
    return { problem: `${quoted(name)} is a network`, hint: "a certificate is for single addresses: list each" };
  const base = name.startsWith("*.") ? name.slice(2) : name;
  const fault = notHostName(base.toLowerCase());
  if (fault === undefined) return undefined;
  return { problem: `${quoted(name)} is no DNS name and no IP address`, hint: fault.hint ?? fault.problem };
}

/** The domain of a cluster's Services. */
export function notClusterDomain(name: string): Fault | undefined {
  if (name.endsWith(".")) return { problem: `${quoted(name)} ends with a dot`, hint: "leave the last dot out" };
  const fault = notHostName(name);
  if (fault !== undefined) return fault;
  // the names in front of it: kubernetes.default.svc.
  return name.length > 200
    ? { problem: "names of Services would be too long", hint: "at most 200 characters" }
    : undefined;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
