// All that the provider answers, by the name of the call.
import { isFlexkubeError } from "#shared/errors.ts";
import { clusterAttributes } from "#planner/terraform/resource/cluster-attributes.ts";
import { schemaOf } from "#planner/terraform/wire/attributes.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import { readValue, writeValue } from "#planner/terraform/wire/value.ts";
import { applyCluster, importCluster, planCluster, upgradeCluster, validateCluster } from "./cluster-resource.ts";
import { hostConfigAttributes, openHostConfig, validateHostConfig } from "./host-config.ts";
import { callHosts, hostsFunction } from "./hosts-function.ts";
import type {
  ApplyRequest,
  CallRequest,
  DataRequest,
  ImportRequest,
  PlanRequest,
  ReadRequest,
  UpgradeRequest,
  ValidateRequest,
} from "./messages.ts";
import type { ProviderEffects } from "./provider-effects.ts";
import { readUserData, validateUserData } from "./user-data.ts";
import { userDataAttributes } from "./user-data-words.ts";

/** Resolves to the answer; what it rejects with is a bug, or INTERNAL_USAGE. */
export type Answering = (request: never) => Promise<object> | object;

const cluster = "flexkube_cluster";
const userData = "flexkube_user_data";
const hostConfig = "flexkube_host_config";
const functions = { hosts: hostsFunction };
const capabilities = { plan_destroy: true, get_provider_schema_optional: true };

const schemas = {
  provider: schemaOf({}, "Clusters of flexkube: one cluster config in, a host config for each host out."),
  resource_schemas: {
    [cluster]: schemaOf(
      clusterAttributes,
      "A cluster: its keys, and what each of its hosts is given. No host is touched.",
    ),
  },
  data_source_schemas: {
    [userData]: schemaOf(userDataAttributes, "The document with which a machine's first boot brings up its agent."),
  },
  ephemeral_resource_schemas: {
    [hostConfig]: schemaOf(hostConfigAttributes, "A host's config in neither state nor plan."),
  },
  functions,
  server_capabilities: capabilities,
};

const metadata = {
  server_capabilities: capabilities,
  resources: [{ type_name: cluster }],
  data_sources: [{ type_name: userData }],
  ephemeral_resources: [{ type_name: hostConfig }],
  functions: [{ name: "hosts" }],
};

export function providerCalls(effects: ProviderEffects): Readonly<Record<string, Answering>> {
  return {
    GetMetadata: () => metadata,
    GetProviderSchema: () => schemas,
    GetResourceIdentitySchemas: () => ({}),
    GetFunctions: () => ({ functions }),
    ValidateProviderConfig: () => ({}),
    ConfigureProvider: () => ({}),
    ValidateResourceConfig: (request: ValidateRequest) => validateCluster(request, effects),
    ValidateDataResourceConfig: (request: DataRequest) => validateUserData(request),
    ValidateEphemeralResourceConfig: (request: DataRequest) => validateHostConfig(request),
    UpgradeResourceState: ({ raw_state: raw }: UpgradeRequest) => ({
      upgraded_state: writeValue(upgradeCluster(readValue({ json: raw?.json }))),
    }),
    // nothing of a cluster lies anywhere but where its plan looks
    ReadResource: ({ current_state: state, private: note }: ReadRequest) => ({ new_state: state, private: note }),
    PlanResourceChange: (request: PlanRequest) => planCluster(request, effects),
    ApplyResourceChange: (request: ApplyRequest) => applyCluster(request, effects),
    ImportResourceState: (request: ImportRequest) => importCluster(request, effects),
    ReadDataSource: (request: DataRequest) => readUserData(request),
    OpenEphemeralResource: (request: DataRequest) => openHostConfig(request, effects),
    CloseEphemeralResource: () => ({}),
    CallFunction: (request: CallRequest) => callHosts(request),
    StopProvider: () => ({ Error: "" }),
  };
}

/** Told where a call ends with a bug of ours, or with a value that no call can take: the caller would say no more than that something went wrong. */
export function failureAnswer(call: string, failure: unknown): object {
  if (isFlexkubeError(failure, "INTERNAL_USAGE"))
    return { diagnostics: [errorAt(failure.details.argument, failure.details.reason)] };
  const text = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  if (call === "CallFunction") return { error: { text: `INTERNAL_BUG: ${text}` } };
  return { diagnostics: [errorAt(undefined, `a bug of the provider, in ${call}`, `INTERNAL_BUG\n${text}`)] };
}
