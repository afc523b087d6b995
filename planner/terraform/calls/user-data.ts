// The data source flexkube_user_data: the document with which a machine's first boot brings up its agent.
import type { BootWish } from "#planner/boot/boot-files.ts";
import { bootFiles } from "#planner/boot/boot-files.ts";
import { checkSize } from "#planner/boot/check-size.ts";
import { base64Of } from "#planner/boot/payload.ts";
import { gzipped } from "#planner/boot/gzipped.ts";
import { rowOf } from "#planner/terraform/wire/attributes.ts";
import type { Diagnostic } from "#planner/terraform/wire/diagnostics.ts";
import { errorAt } from "#planner/terraform/wire/diagnostics.ts";
import type { DynamicValue, Value } from "#planner/terraform/wire/value.ts";
import { readValue, unknown, writeValue } from "#planner/terraform/wire/value.ts";
import type { DataRequest, Told } from "./messages.ts";
import { bootOf, isUnknownYet, problemsOf, userDataAttributes } from "./user-data-words.ts";
import type { UserDataRow } from "./user-data-words.ts";

export function validateUserData({ config }: DataRequest): Told {
  const row = rowOf(readValue(config), userDataAttributes);
  return { diagnostics: row === undefined ? [] : problemsOf(row) };
}

export function readUserData({ config }: DataRequest): Told & { readonly state: DynamicValue } {
  const row = rowOf(readValue(config), userDataAttributes);
  const none = { state: writeValue(null) };
  if (row === undefined) return { ...none, diagnostics: [] };
  const problems = problemsOf(row);
  if (problems.length > 0) return { ...none, diagnostics: problems };
  if (isUnknownYet(row))
    return { state: writeValue({ ...row, rendered: unknown, gzip_base64: unknown }), diagnostics: [] };
  const { text, packed, tooLarge } = documentOf(row);
  if (tooLarge.length > 0) return { ...none, diagnostics: tooLarge };
  const told: Value = { ...row, rendered: text, gzip_base64: packed === undefined ? null : base64Of(packed) };
  return { state: writeValue(told), diagnostics: [] };
}

type Document = {
  readonly text: string;
  readonly packed: Uint8Array | undefined;
  readonly tooLarge: readonly Diagnostic[];
};

function documentOf(row: UserDataRow): Document {
  const { boot, wish } = bootOf(row);
  const bytes = bootFiles(boot, wish)[0]?.bytes ?? new Uint8Array();
  const packed = wish.format === "ignition" ? undefined : gzipped(bytes);
  const given: BootWish = packed === undefined ? wish : { ...wish, packing: "gzip" };
  const cause = row.host_config === null ? "max_bytes" : "host_config";
  const tooLarge = typeof row.max_bytes === "number" ? checkSize(boot, given, row.max_bytes) : [];
  return {
    text: Buffer.from(bytes).toString("utf8"),
    packed,
    tooLarge: tooLarge.map(({ problem, hint = "" }) => errorAt(cause, `the document has ${problem}`, hint)),
  };
}
