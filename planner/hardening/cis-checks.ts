// All checks of the CIS Kubernetes Benchmark v1.12 that look at hosts and programs; those of its section 5 look at objects of
// the cluster, which belong to its users.
import type { CisCheck } from "./cis-check.ts";
import { cisFileChecks } from "./cis-files.ts";
import { cisSettingChecks } from "./cis-settings.ts";

/** Sorted as the benchmark is. */
export const cisChecks: readonly CisCheck[] = [...cisFileChecks, ...cisSettingChecks].toSorted((a, b) =>
  placeOf(a).localeCompare(placeOf(b)),
);

function placeOf({ id }: CisCheck): string {
  return id
    .split(".")
    .map((part) => part.padStart(3, "0"))
    .join(".");
}
