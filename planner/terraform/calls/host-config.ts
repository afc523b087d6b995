// The ephemeral resource flexkube_host_config: a host's config in neither state nor plan, for who can take it so.
import { createHash } from "node:crypto";
import { FlexkubeError } from "#shared/errors.ts";
import { clusterAttributes } from "#planner/terraform/resource/cluster-attributes.ts";
import type { ClusterRow } from "#planner/terraform/resource/cluster-attributes.ts";
import type { ClusterWish } from "#planner/terraform/resource/cluster-wish.ts";
import { besideOf } from "#planner/terraform/resource/cluster-wish.ts";
import type { Attributes, Row } from "#planner/terraform/wire/attributes.ts";
import { emptyRow, rowOf } from "#planner/terraform/wire/attributes.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import type { DynamicValue } from "#planner/terraform/wire/value.ts";
import { hasUnknown, readValue, writeValue } from "#planner/terraform/wire/value.ts";
import { failureAt } from "./decide-cluster.ts";
import type { DataRequest, Told } from "./messages.ts";
import { openGround } from "./open-ground.ts";
import type { ProviderEffects } from "./provider-effects.ts";

const { pki_directory, hosts_directory } = clusterAttributes;

export const hostConfigAttributes = {
  host: { type: "string", from: "required", description: "The host's name in the cluster config." },
  host_hash: {
    type: "string",
    from: "required",
    description:
      "What host_hashes of flexkube_cluster says of the host: so that its apply is waited for, and nothing else is given out.",
  },
  pki_directory: { ...pki_directory, description: "Where flexkube_cluster keeps its keys, when that is a directory." },
  hosts_directory,
  sealed_pki: {
    type: "string",
    from: "optional",
    isSensitive: true,
    description: "The keys of flexkube_cluster, when they are sealed.",
  },
  identity: {
    type: "string",
    from: "optional",
    isSensitive: true,
    description: "The identity of age that opens them.",
  },
  host_config: { type: "string", from: "computed", isSensitive: true, description: "The host config." },
} as const satisfies Attributes;

type HostConfigRow = Row<typeof hostConfigAttributes>;

export function validateHostConfig({ config }: DataRequest): Told {
  const row = rowOf(readValue(config), hostConfigAttributes);
  return { diagnostics: row === undefined ? [] : problemsOf(row) };
}

export async function openHostConfig(
  { config }: DataRequest,
  effects: ProviderEffects,
): Promise<Told & { readonly result: DynamicValue }> {
  const row = rowOf(readValue(config), hostConfigAttributes);
  const none = { result: writeValue(null) };
  if (row === undefined) return { ...none, diagnostics: [] };
  const problems = problemsOf(row);
  if (problems.length > 0) return { ...none, diagnostics: problems };
  if (hasUnknown({ ...row, host_config: null }))
    return { ...none, diagnostics: [errorAt(undefined, "what it is asked with is not known yet")] };
  const wish = wishFor(row);
  try {
    const text = await textOf(row, wish, effects);
    return { result: writeValue({ ...row, host_config: text }), diagnostics: [] };
  } catch (error) {
    return { ...none, diagnostics: failureAt(error, wish, effects).map(atOwnName) };
  }
}

/** Here the identity is not called as it is in flexkube_cluster. */
function atOwnName(told: Diagnostic): Diagnostic {
  const isIdentity = told.attribute?.steps[0]?.attribute_name === "identity_wo";
  return isIdentity ? errorAt("identity", told.summary, told.detail) : told;
}

/** Throws INTERNAL_USAGE, PKI_* and FILES_*. */
async function textOf(row: HostConfigRow, wish: ClusterWish, effects: ProviderEffects): Promise<string> {
  const prior: ClusterRow = {
    ...emptyRow(clusterAttributes),
    pki_directory: row.pki_directory,
    hosts_directory: row.hosts_directory,
    sealed_pki: row.sealed_pki,
  };
  const ground = await openGround({ wish, prior, at: effects.clock.now(), isApplied: false }, effects);
  const path = `${ground.directories.hosts}/${String(row.host)}.yaml`;
  const found = await ground.effects.files.readFile(path);
  const hash = found && createHash("sha256").update(found.bytes).digest("hex");
  if (found === undefined || hash !== row.host_hash)
    throw new FlexkubeError("FILES_UNREADABLE", "the host config is not the one with that hash", {
      path,
      reason: found === undefined ? "there is none; is host one of the cluster config?" : "apply flexkube_cluster",
    });
  return Buffer.from(found.bytes).toString("utf8");
}

/** In memory whatever is sealed. */
function wishFor({
  pki_directory: pki,
  hosts_directory: hosts,
  identity,
  sealed_pki: sealed,
}: HostConfigRow): ClusterWish {
  const isSealed = typeof sealed === "string";
  const place: ClusterWish["place"] =
    !isSealed && typeof pki === "string"
      ? { kind: "directory", pki, hosts: typeof hosts === "string" ? hosts : besideOf(pki) }
      : { kind: "sealed", recipients: [] };
  return {
    config: "",
    directory: ".",
    bootstrapped: false,
    place,
    identity: typeof identity === "string" ? identity : undefined,
  };
}

function problemsOf({ pki_directory: pki, sealed_pki: sealed, identity }: HostConfigRow): readonly Diagnostic[] {
  return [
    ...(pki === null && sealed === null
      ? [
          errorAt(
            "host",
            "it is not said where keys lie",
            "Give pki_directory, or sealed_pki with identity. With keys in the state, take host_configs of flexkube_cluster.",
          ),
        ]
      : []),
    ...(pki === "" ? [errorAt("pki_directory", "it is empty")] : []),
    ...(pki !== null && sealed !== null ? [errorAt("sealed_pki", "keys lie either in pki_directory or sealed")] : []),
    ...(sealed !== null && identity === null ? [errorAt("identity", "it is needed to open sealed_pki")] : []),
  ];
}
