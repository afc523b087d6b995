// What the schema alone cannot say about a host config: its parts must fit together on one host.
import { checkCertificates } from "./check-certificates.ts";
import { checkClusterObjects } from "./check-cluster-objects.ts";
import { checkDependencies } from "./check-dependencies.ts";
import { checkEtcd } from "./check-etcd-member.ts";
import { checkFiles } from "./check-host-files.ts";
import { checkMounts, checkPropagation } from "./check-mounts.ts";
import { checkNode } from "./check-node.ts";
import { checkPorts } from "./check-ports.ts";
import { checkSecrets } from "./check-secrets.ts";
import { checkContainerNames } from "./container-names.ts";
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { ownValue } from "#shared/own-value.ts";

export type HostFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** All problems and warnings. `secrets` names those that will be there, when they are not in the document yet. */
export function validateHostConfig(config: HostConfig, secrets?: ReadonlySet<string>): HostFindings {
  return {
    problems: [
      ...checkContainerNames(config),
      ...checkEtcd(config),
      ...checkPorts(config),
      ...checkFiles(config),
      ...checkMounts(config),
      ...checkPropagation(config),
      ...checkDependencies(config),
      ...checkNode(config),
      ...checkClusterObjects(config),
      ...checkSecrets(config, secrets ?? new Set(Object.keys(config.secrets))),
      ...checkCertificates(config),
    ],
    warnings: [...publishedOnHostNetwork(config), ...passwordsWithLineBreak(config)],
  };
}

function publishedOnHostNetwork(config: HostConfig): readonly Finding[] {
  return Object.entries(config.containers)
    .filter(([, { networkMode, ports }]) => networkMode === "host" && ports.length > 0)
    .map(([name]) => ({
      path: ["containers", name, "ports"],
      at: "key",
      problem: "ports are not published on the host network",
    }));
}

/** Most often the last byte of a file that an editor wrote. */
function passwordsWithLineBreak({ agent, secrets }: HostConfig): readonly Finding[] {
  const names = [...new Set(agent.registries.map(({ password }) => password))];
  return names
    .filter((name) => ownValue(secrets, name)?.endsWith("\n"))
    .map((name) => ({ path: ["secrets", name], at: "key", problem: "the password ends with a line break" }));
}
