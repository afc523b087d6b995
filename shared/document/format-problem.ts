// One problem on one line.
import type { Problem } from "#shared/errors.ts";
import { printableLine } from "#shared/printable.ts";

/** `cluster.yaml:4:3: etcd.hosts: unknown host h9 (did you mean h1?)`. */
export function formatProblem({ file, line, column, path, problem, hint }: Problem): string {
  const place = file === undefined ? [] : [line === undefined ? file : `${file}:${line}:${column ?? 1}`];
  const parts = [...place, ...(path === "" ? [] : [path]), hint === undefined ? problem : `${problem} (${hint})`];
  return printableLine(parts.join(": "));
}
