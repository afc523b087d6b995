// Admission plug-ins: those that flexkube needs stay beside those that the cluster config names.
import table from "#planner/upstream/flags.json" with { type: "json" };

/** All that kube-apiserver knows (its own help), and what 1.38 adds. */
export const knownPlugins: readonly string[] = [...table.admissionPlugins, "AuthorizationConditionsEnforcer"];

/** Without it every kubelet may change other nodes. */
export const neededPlugin = "NodeRestriction";

const enable = "enable-admission-plugins";

/** Limits for EventRateLimit where none are given: with none it ends the API server. Events a second, for each server. */
export const defaultEventLimit = { type: "Server", qps: 5000, burst: 20_000 } as const;

/** What the layers say of an API server, with the plug-ins of its defaults beside those that they name. */
export function withAdmissionPlugins(
  defaults: object,
  layered: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const args = mapOf(layered["args"]);
  const disabled = new Set(namesIn(args["disable-admission-plugins"]));
  const all = [...namesIn(mapOf(mapOf(defaults)["args"])[enable]), ...namesIn(args[enable])];
  const names = [...new Set(all)].filter((name) => !disabled.has(name));
  const given = listOf(mapOf(layered["admission"])["plugins"]);
  const usual = listOf(mapOf(mapOf(defaults)["admission"])["plugins"]);
  const configured = (name: unknown): boolean => given.some((plugin) => mapOf(plugin)["name"] === name);
  const plugins = [
    ...usual.filter((plugin) => !configured(mapOf(plugin)["name"])),
    ...given,
    ...(names.includes("EventRateLimit") && !configured("EventRateLimit") ? [eventRateLimit] : []),
  ];
  return {
    ...layered,
    args: { ...args, [enable]: names.join(",") },
    ...(plugins.length === usual.length && given.length === 0
      ? {}
      : { admission: { ...mapOf(layered["admission"]), plugins } }),
  };
}

const eventRateLimit = {
  name: "EventRateLimit",
  configuration: {
    apiVersion: "eventratelimit.admission.k8s.io/v1alpha1",
    kind: "Configuration",
    limits: [defaultEventLimit],
  },
};

/** The names in a flag's value, which may be a list of such. */
export function namesIn(value: unknown): readonly string[] {
  return [value]
    .flat()
    .flatMap((text) => (typeof text === "string" ? text.split(",") : []))
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  // a layer's map of flags
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
