// What is wrong with the names of a host's containers.
import { containerNames } from "#shared/components/component-table.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

/** Names whose directory below /etc/kubernetes belongs to something else. */
const reserved = new Map([
  ["etcd", "the etcd member's files lie under this name"],
  ["manifests", "a kubelet may look for static pods there"],
  ["pki", "other tools keep certificates there"],
]);

/** Docker: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; it has no most. */
const shortest = 2;

/** Clashing, reserved and too short names. */
export function checkContainerNames(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const taken = new Map<string, Path>();
  for (const { name, path } of containerNames(config)) {
    const other = taken.get(name);
    if (other !== undefined)
      findings.push({
        path,
        at: "key",
        problem: `the container name ${name} is taken by ${other.join(".")}`,
        hint: "choose another name",
      });
    if (name.length < shortest)
      findings.push({
        path,
        at: "key",
        problem: `the container name ${name} is too short: Docker takes names of two characters or more`,
        hint: "choose a longer name",
      });
    if (name.startsWith("flexkube-"))
      findings.push({
        path,
        at: "key",
        problem: "names that begin with flexkube- are reserved",
        hint: "choose another name",
      });
    const use = path[0] === "containers" ? reserved.get(name) : undefined;
    if (use !== undefined)
      findings.push({ path, at: "key", problem: `${name} is reserved: ${use}`, hint: "choose another name" });
    taken.set(name, other ?? path);
  }
  return findings;
}
