// What several flags of one Kubernetes program must be together, where a host's layers are merged.
import type { Fault } from "#shared/schema/types/domain.ts";
import { gatesIn, isGateOn } from "./feature-gates.ts";
import { goDuration, quantityOf } from "./value-domains.ts";

type Section = "kubeApiserver" | "kubeControllerManager" | "kubeScheduler" | "kubelet" | "kubeProxy";
type Args = Readonly<Record<string, string | readonly string[]>>;
export type FlagRelation = Fault & { readonly flag: string };

/** With the flag to mend. */
export function wrongFlagRelations(section: Section, args: Args, minor: number): readonly FlagRelation[] {
  const given = { text: (flag: string): string | undefined => last(args, flag), minor };
  return [
    ...logging(given, gatesIn(last(args, "feature-gates") ?? "")),
    ...elections(given, section === "kubeApiserver" ? "coordinated-leadership" : "leader-elect"),
    ...(section === "kubeApiserver" ? [...sizes(given), ...apiserver(given)] : []),
    ...(section === "kubelet"
      ? unless(
          given.text("exit-on-lock-contention") !== "true" || (given.text("lock-file") ?? "") !== "",
          "exit-on-lock-contention",
          "it needs lock-file",
        )
      : []),
  ];
}

type Given = { readonly text: (flag: string) => string | undefined; readonly minor: number };

function last(args: Args, flag: string): string | undefined {
  return Object.hasOwn(args, flag) ? [args[flag] ?? []].flat().at(-1) : undefined;
}

function unless(isGood: boolean, flag: string, problem: string, hint?: string): readonly FlagRelation[] {
  return isGood ? [] : [{ flag, problem, hint }];
}

function logging({ text, minor }: Given, gates: ReadonlyMap<string, boolean>): readonly FlagRelation[] {
  const isAlpha = isGateOn(minor, gates, "LoggingAlphaOptions");
  const flags = [
    "log-text-split-stream",
    "log-json-split-stream",
    "log-text-info-buffer-size",
    "log-json-info-buffer-size",
  ];
  return [
    ...flags.flatMap((flag) => {
      const value = text(flag) ?? "0";
      const isOff = /^(false|f)$/i.test(value) || quantityOf(value) === 0;
      return unless(isOff || isAlpha, flag, "it needs the feature gate LoggingAlphaOptions");
    }),
    ...unless(
      text("logging-format") !== "json" || (text("vmodule") ?? "") === "",
      "vmodule",
      "it is for the format text only",
    ),
  ];
}

function elections({ text }: Given, prefix: string): readonly FlagRelation[] {
  const ns = (flag: string, usual: string): number => goDuration(text(flag) ?? usual) ?? 0;
  const [lease, renew, retry] = [`${prefix}-lease-duration`, `${prefix}-renew-deadline`, `${prefix}-retry-period`];
  const isApi = prefix !== "leader-elect";
  const [renewal, period] = [ns(renew, "10s"), ns(retry, "2s")];
  return [
    ...unless(
      ns(lease, "15s") > renewal,
      text(lease) === undefined ? renew : lease,
      `${lease} is not longer than ${renew}`,
      "15s and 10s by default",
    ),
    ...unless(
      renewal > (isApi ? period : 1.2 * period),
      text(renew) === undefined ? retry : renew,
      `${renew} is not longer than ${retry}${isApi ? "" : " and a fifth"}`,
      "10s and 2s by default",
    ),
  ];
}

function sizes({ text }: Given): readonly FlagRelation[] {
  return ["audit-log", "audit-webhook"].flatMap((kind) => {
    const [event, batch] = [`${kind}-truncate-max-event-size`, `${kind}-truncate-max-batch-size`];
    const isGood = Number(text(batch) ?? 10_485_760) >= Number(text(event) ?? 102_400);
    return unless(isGood, text(batch) === undefined ? event : batch, `${batch} is less than ${event}`);
  });
}

function apiserver({ text }: Given): readonly FlagRelation[] {
  const [, from = "", mark = "", to = ""] =
    /^([0-9]+)([-+]?)([0-9]*)$/.exec(text("service-node-port-range") ?? "30000-32767") ?? [];
  const end = mark === "-" ? Number(to) : mark === "+" ? Number(from) + Number(to) : Number(from);
  const port = Number(text("kubernetes-service-node-port") ?? 0);
  const isOff = /flowcontrol\.apiserver\.k8s\.io\/v1=false|api\/(ga|all)=false/.test(text("runtime-config") ?? "");
  return [
    ...unless(
      from !== "" && end <= 65_535 && Number(from) <= end && end > 0,
      "service-node-port-range",
      "it is no range of ports",
      "such as 30000-32767",
    ),
    ...unless(
      port === 0 || (port >= Number(from) && port <= end),
      "kubernetes-service-node-port",
      "it is outside of service-node-port-range",
    ),
    ...unless(
      !isOff || text("enable-priority-and-fairness") === "false",
      "runtime-config",
      "it switches the API of priority and fairness off",
      "set enable-priority-and-fairness: false too",
    ),
  ];
}
