// The questions as they come, decoded by the descriptions of the protocol, and the answers.
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import type { DynamicValue } from "#planner/terraform/wire/value.ts";

export type Sent = DynamicValue | null;
export type Told = { readonly diagnostics: readonly Diagnostic[] };

export type ValidateRequest = { readonly type_name: string; readonly config: Sent };
export type UpgradeRequest = { readonly type_name: string; readonly raw_state: { readonly json: Uint8Array } | null };
export type ReadRequest = { readonly current_state: Sent; readonly private: Uint8Array };
export type PlanRequest = {
  readonly prior_state: Sent;
  readonly proposed_new_state: Sent;
  readonly config: Sent;
  readonly prior_private: Uint8Array;
};
export type PlanAnswer = Told & { readonly planned_state: DynamicValue; readonly planned_private: Uint8Array };
export type ApplyRequest = {
  readonly prior_state: Sent;
  readonly planned_state: Sent;
  readonly config: Sent;
  readonly planned_private: Uint8Array;
};
export type ApplyAnswer = Told & { readonly new_state: DynamicValue; readonly private: Uint8Array };
export type ImportAnswer = Told & { readonly imported_resources?: readonly object[] };
export type ImportRequest = { readonly type_name: string; readonly id: string };
export type DataRequest = { readonly type_name: string; readonly config: Sent };
export type CallRequest = { readonly name: string; readonly arguments: readonly DynamicValue[] };
