// What to do with a resolved path that shall be written.
import { FlexkubeError } from "#shared/errors.ts";
import type { Resolved } from "./resolve-path.ts";

/** The resolved path; throws FILES_BLOCKED when it leads nowhere. */
export function realPathOf(path: string, resolved: Resolved): string {
  if (resolved.type !== "blocked") return resolved.path;
  throw new FlexkubeError("FILES_BLOCKED", "a path cannot be written", {
    path,
    found: resolved.what,
    wanted: "a path through directories",
  });
}
