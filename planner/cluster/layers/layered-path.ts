// Where a section of the cluster config says a field for a host.
import type { ClusterConfig } from "#shared/schema/cluster-config.ts";
import type { Path } from "#shared/document/path.ts";

type Layered = {
  readonly section: Path;
  readonly host: string;
  readonly rest: Path;
  /** Part of a section that has its overrides above it, such as `apiserver` of `controlPlane`. */
  readonly part?: string;
};

/** The override's path where the host's override says the field, else the section's. */
export function layeredPath(config: ClusterConfig, { section, host, rest, part }: Layered): Path {
  const inner = part === undefined ? [] : [part];
  const override = [...section, "overrides", host, ...inner, ...rest];
  return rest.length > 0 && has(config, override) ? override : [...section, ...inner, ...rest];
}

function has(value: unknown, path: Path): boolean {
  let here = value;
  for (const segment of path) {
    if (typeof here !== "object" || here === null) return false;
    // an own key of data that came from a schema
    here = Object.hasOwn(here, segment) ? (here as Readonly<Record<string | number, unknown>>)[segment] : undefined;
  }
  return here !== undefined;
}
