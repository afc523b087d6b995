// Whether tests that need a lab can run here.
import { getuid } from "node:process";

/**
 * For node:test's `skip`: the reason why no lab can be had, or false. With REQUIRE_DOCKER=1 never a reason,
 * so that the tests fail instead of being skipped unnoticed.
 */
export function skipWithoutLab(): string | false {
  if (process.env["REQUIRE_DOCKER"] === "1") return false;
  if (process.platform !== "linux") return "a lab needs Linux";
  return getuid?.() === 0 ? false : "a lab needs root";
}
