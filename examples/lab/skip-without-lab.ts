// Whether tests that need a lab can run here.
import { env, getuid, platform } from "node:process";

/**
 * For node:test's `skip`: the reason why no lab can be had, or false. With REQUIRE_DOCKER=1 never a reason,
 * so that the tests fail instead of being skipped unnoticed. `only`: of a scenario that runs on hosts of this kind alone, since it
 * enters their namespaces from here; it is skipped where LAB_KIND asks for machines.
 */
export function skipWithoutLab(only?: "namespace"): string | false {
  if (only !== undefined && env["LAB_KIND"] === "machine") return `runs on hosts of kind ${only} only`;
  if (env["REQUIRE_DOCKER"] === "1") return false;
  if (platform !== "linux") return "a lab needs Linux";
  return getuid?.() === 0 ? false : "a lab needs root";
}
