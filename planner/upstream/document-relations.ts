// What several fields of a Kubernetes document must be together. Judged where a host's layers are merged: each layer alone may be
// good. A relation says which field to mend.
import { gatesIn, unmetGate } from "./feature-gates.ts";
import { kubeletFaults } from "./kubelet-relations.ts";
import type { Asked, Fields, Relation } from "./relation.ts";
import { list, map, needsGate, ns, unless } from "./relation.ts";
import { schedulerFaults } from "./scheduler-relations.ts";

/** `gates` are those of flags; the document's own count more. */
export function wrongRelations(
  kind: "kubelet" | "proxy" | "scheduler",
  fields: Fields,
  { minor, gates }: { readonly minor: number; readonly gates: ReadonlyMap<string, boolean> },
): readonly Relation[] {
  const own = gatesIn(fields["featureGates"] ?? {});
  const asked: Asked = { minor, fields, gates: new Map([...gates, ...own]) };
  const unmet = unmetGate(minor, own);
  return [
    ...(unmet === undefined ? [] : [{ ...unmet.fault, at: ["featureGates", unmet.name] }]),
    ...(kind === "scheduler" ? [] : loggingFaults(asked)),
    ...{ kubelet: kubeletFaults, proxy: proxyFaults, scheduler: schedulerFaults }[kind](asked),
  ];
}

function loggingFaults(asked: Asked): readonly Relation[] {
  const logging = map(asked.fields["logging"]);
  const options = map(logging["options"]);
  const alpha = ["text", "json"].flatMap((format) => {
    const { splitStream, infoBufferSize = 0 } = map(options[format]);
    const at = ["logging", "options", format];
    return [
      ...(splitStream === true ? needsGate(asked, [...at, "splitStream"], "LoggingAlphaOptions") : []),
      ...(/^0*$/.test(String(infoBufferSize))
        ? []
        : needsGate(asked, [...at, "infoBufferSize"], "LoggingAlphaOptions")),
    ];
  });
  const isText = [undefined, "", "text"].some((format) => format === logging["format"]);
  return [
    ...alpha,
    ...unless(
      isText || list(logging["vmodule"]).length === 0,
      ["logging", "vmodule"],
      "it is for the format text only",
    ),
  ];
}

function proxyFaults({ fields }: Asked): readonly Relation[] {
  const { minSyncPeriod, syncPeriod } = map(fields["iptables"]);
  const detect = map(fields["detectLocal"]);
  const [mode, field] =
    fields["detectLocalMode"] === "BridgeInterface"
      ? ["BridgeInterface", "bridgeInterface"]
      : ["InterfaceNamePrefix", "interfaceNamePrefix"];
  return [
    ...unless(
      ns(minSyncPeriod, "1s") <= ns(syncPeriod, "30s"),
      ["iptables", minSyncPeriod === undefined ? "syncPeriod" : "minSyncPeriod"],
      "minSyncPeriod is longer than syncPeriod",
      "by default they are 1s and 30s",
    ),
    ...unless(
      fields["detectLocalMode"] !== mode || (detect[field ?? ""] ?? "") !== "",
      ["detectLocalMode"],
      `it needs detectLocal.${field}`,
    ),
  ];
}
