// Which fields of a host config a split changes, by their paths: why a host is changed at all, in a line.
import type { HostConfig } from "#shared/schema/host-config.ts";

/** Deep enough for `containers.web.image`. */
const depth = 3;
/** What the planner counts and compares with; secrets are told by their names. */
const internal: ReadonlySet<string> = new Set(["generation", "rollout", "secrets"]);

type Fields = Readonly<Record<string, unknown>>;

/** Paths of at most three parts, in the order of the document; fields that went come first where they were. */
export function changedFields(before: HostConfig, after: HostConfig): readonly string[] {
  return pathsBetween(before, after, []);
}

/** Names of secrets that came, went or changed, sorted. */
export function changedSecrets({ secrets: before }: HostConfig, { secrets: after }: HostConfig): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.filter((name) => valueOf(before, name) !== valueOf(after, name));
}

function pathsBetween(before: Fields, after: Fields, path: readonly string[]): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !internal.has(name));
  return names.flatMap((name) => {
    const [was, is] = [valueOf(before, name), valueOf(after, name)];
    const here = [...path, name];
    if (here.length < depth && isFields(was) && isFields(is)) return pathsBetween(was, is, here);
    return text(was) === text(is) ? [] : [here.join(".")];
  });
}

function valueOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without what is internal, at any depth. */
function text(value: unknown): string | undefined {
  return JSON.stringify(value, (name, part: unknown) => (internal.has(name) ? undefined : part));
}
