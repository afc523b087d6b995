// The table of the kubelet's flags that stand for fields, against what the programs say of their flags and modules of their documents.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kubeletFlags } from "#shared/components/kubelet-flags.ts";
import type { FlagKind } from "#shared/components/kubelet-flags.ts";
import documents from "./documents.json" with { type: "json" };
import { kubernetesFlags } from "./flag-table.ts";

const kinds: Readonly<Record<string, FlagKind>> = {
  bool: "bool",
  int: "int",
  int32: "int",
  ip: "text",
  string: "text",
  duration: "text",
  strings: "list",
  mapStringString: "map",
};

test("each flag is one of the kubelet's, is read as the kubelet reads it, and its field is one of its document", () => {
  const fields = documents["1.37"].types["config/v1beta1.KubeletConfiguration"];
  const known = kubernetesFlags("kubelet", 37);
  for (const [flag, { field, kind }] of kubeletFlags) {
    assert.equal(kind, kinds[known[flag] ?? ""], flag);
    assert.ok(Object.hasOwn(fields, field), field);
  }
});
