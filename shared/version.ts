// The version of flexkube: both programs have the same one.
import manifest from "../package.json" with { type: "json" };

/** As written in package.json, for example `0.1.0`. */
export const version: string = manifest.version;
