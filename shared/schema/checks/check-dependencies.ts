// dependsOn: known names, and no container that waits for itself.
import type { Finding } from "../finding.ts";
import type { HostConfig } from "../host-config.ts";
import { suggestion } from "../nearest.ts";
import { containerNames } from "./container-names.ts";

/** Unknown names, and each cycle once. */
export function checkDependencies(config: HostConfig): readonly Finding[] {
  return [...unknown(config), ...cycles(config)];
}

function unknown(config: HostConfig): readonly Finding[] {
  const names = containerNames(config).map(({ name }) => name);
  return Object.entries(config.containers).flatMap(([container, { dependsOn }]) =>
    dependsOn.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            {
              path: ["containers", container, "dependsOn", index],
              problem: `there is no container ${name} on this host`,
              hint: suggestion(name, names),
            },
          ],
    ),
  );
}

function cycles(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  function visit(name: string, above: readonly string[]): void {
    const start = above.indexOf(name);
    if (start >= 0) {
      const circle = [...above.slice(start), name].join(" → ");
      findings.push({
        path: ["containers", above.at(-1) ?? name, "dependsOn"],
        problem: `containers that wait for each other: ${circle}`,
      });
      return;
    }
    if (done.has(name)) return;
    for (const next of config.containers[name]?.dependsOn ?? []) visit(next, [...above, name]);
    done.add(name);
  }
  for (const name of Object.keys(config.containers)) visit(name, []);
  return findings;
}
