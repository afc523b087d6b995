// The version of flexkube: all programs have the same one.
import manifest from "../package.json" with { type: "json" };

/** Put in by the build of a release. */
declare const FLEXKUBE_COMMIT: string | undefined;

/** As written in package.json, for example `0.1.0`. */
export const version: string = manifest.version;

/** The git commit that a release is of; undefined for what was built otherwise. */
export const commit: string | undefined = typeof FLEXKUBE_COMMIT === "undefined" ? undefined : FLEXKUBE_COMMIT;

/** What `version` prints: program, version and, of a release, its commit. */
export function versionLine(program: "flexkube-agent" | "flexkube-planner" | "terraform-provider-flexkube"): string {
  return `${program} ${version}${commit === undefined ? "" : ` (commit ${commit})`}\n`;
}
