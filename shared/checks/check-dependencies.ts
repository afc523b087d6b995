// dependsOn: known names, and no container that waits for itself.
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { suggestionsFrom } from "#shared/nearest.ts";
import { containerNames } from "#shared/components/component-table.ts";

/** Unknown names, and each cycle once. */
export function checkDependencies(config: HostConfig): readonly Finding[] {
  return [...unknown(config), ...cycles(config)];
}

function unknown(config: HostConfig): readonly Finding[] {
  const names = containerNames(config).map(({ name }) => name);
  const known = new Set(names);
  const hint = suggestionsFrom(names);
  return Object.entries(config.containers).flatMap(([container, { dependsOn }]) =>
    dependsOn.flatMap((name, index) =>
      known.has(name)
        ? []
        : [
            {
              path: ["containers", container, "dependsOn", index],
              problem: `there is no container ${name} on this host`,
              hint: hint(name),
            },
          ],
    ),
  );
}

/** A walk without recursion: a chain may be as long as there are containers. */
function cycles(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const done = new Set<string>();
  for (const root of Object.keys(config.containers)) {
    const above = [root];
    const depth = new Map([[root, 0]]);
    const waiting = [dependenciesOf(config, root)];
    while (!done.has(root)) {
      const name = above.at(-1) ?? root;
      const next = waiting.at(-1)?.pop();
      const start = next === undefined ? undefined : depth.get(next);
      if (next === undefined) {
        done.add(name);
        depth.delete(name);
        above.pop();
        waiting.pop();
      } else if (start !== undefined) findings.push(cycle(name, above.slice(start)));
      else if (!done.has(next)) {
        depth.set(next, above.length);
        above.push(next);
        waiting.push(dependenciesOf(config, next));
      }
    }
  }
  return findings;
}

/** The last is visited first. */
function dependenciesOf({ containers }: HostConfig, name: string): string[] {
  return Object.hasOwn(containers, name) ? (containers[name]?.dependsOn ?? []).toReversed() : [];
}

const mostShown = 20;

function cycle(last: string, names: readonly string[]): Finding {
  const [first = last] = names;
  const shown =
    names.length > mostShown
      ? [...names.slice(0, mostShown), `${names.length - mostShown} more`, first]
      : [...names, first];
  return {
    path: ["containers", last, "dependsOn"],
    problem: `containers that wait for each other: ${shown.join(" → ")}`,
  };
}
