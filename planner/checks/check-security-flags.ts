// Flags and fields that open a cluster: refused where nobody can want it, told where somebody may.
import type { Finding } from "#shared/document/finding.ts";
import { suggestion } from "#shared/nearest.ts";
import {
  defaultEventLimit,
  knownPlugins,
  namesIn,
  neededPlugin,
} from "#planner/cluster/kubernetes/admission-plugins.ts";
import type { ProgramLayer } from "#planner/cluster/kubernetes/program-layers.ts";
import { neverRenewed } from "./warn-of-arguments.ts";
import { outsideOfVersion } from "#planner/upstream/version-limits.ts";
import { trueWord } from "#shared/bool-words.ts";

type Findings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

const authorizers = ["Node", "RBAC", "Webhook", "ABAC", "AlwaysAllow", "AlwaysDeny"];

/** Of one layer of one program, in the minor versions of those that it speaks of. */
export function checkSecurityFlags(layer: ProgramLayer, minors: readonly number[]): Findings {
  if (layer.program === "apiserver")
    return { problems: [...checkAuthorization(layer), ...checkPlugins(layer, minors)], warnings: unlimited(layer) };
  return layer.program === "kubelet"
    ? { problems: [], warnings: [...openFlags(layer), ...openFields(layer)] }
    : { problems: [], warnings: [] };
}

function checkAuthorization({ path, args }: ProgramLayer): readonly Finding[] {
  const value = valueOf(args, "authorization-mode");
  if (value === undefined) return [];
  const names = namesIn(value);
  const at = [...path, "args", "authorization-mode"];
  const unknown = names.find((name) => !authorizers.includes(name));
  if (unknown !== undefined)
    return [{ path: at, problem: `${unknown} is no way to authorize`, hint: suggestion(unknown, authorizers) }];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return [{ path: at, problem: `${twice} is there twice` }];
  if (names.includes("AlwaysAllow"))
    return [{ path: at, problem: "AlwaysAllow lets everybody do everything", hint: "remove it" }];
  return ["Node", "RBAC"]
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: at,
      problem: `without ${name} the cluster's own programs are not let in`,
      hint: `add ${name}`,
    }));
}

function checkPlugins({ path, args }: ProgramLayer, minors: readonly number[]): readonly Finding[] {
  return (["enable-admission-plugins", "disable-admission-plugins"] as const).flatMap((flag) => {
    const at = [...path, "args", flag];
    const names = namesIn(valueOf(args, flag));
    return names.flatMap((name): readonly Finding[] => {
      if (!knownPlugins.includes(name))
        return [{ path: at, problem: `${name} is no admission plug-in`, hint: suggestion(name, knownPlugins) }];
      const outside = minors.flatMap((minor) => outsideOfVersion("plugins", name, minor) ?? []);
      if (outside[0] !== undefined) return [{ path: at, problem: `${name}: ${outside[0]}`, hint: "remove it" }];
      if (flag === "disable-admission-plugins" && name === neededPlugin)
        return [{ path: at, problem: `without ${name} every kubelet may change other nodes`, hint: "remove it" }];
      if (flag === "enable-admission-plugins" && name === "ImagePolicyWebhook")
        return [{ path: at, problem: `${name} needs a kubeconfig in the container, which cannot be given` }];
      const isBoth =
        flag === "disable-admission-plugins" && namesIn(valueOf(args, "enable-admission-plugins")).includes(name);
      return isBoth ? [{ path: at, problem: `${name} is enabled and disabled at once` }] : [];
    });
  });
}

/** Enabled in the same layer without limits in its document. */
function unlimited({ path, args, admission }: ProgramLayer): readonly Finding[] {
  const isEnabled = namesIn(valueOf(args, "enable-admission-plugins")).includes("EventRateLimit");
  const plugins = valueOf(admission, "plugins");
  const hasLimits = Array.isArray(plugins) && plugins.some((plugin) => valueOf(plugin, "name") === "EventRateLimit");
  return isEnabled && !hasLimits
    ? [
        {
          path: [...path, "args", "enable-admission-plugins"],
          problem: `EventRateLimit has no limits: ${defaultEventLimit.qps} events a second are taken for each API server`,
          hint: "give it a configuration in apiserver.admission",
        },
      ]
    : [];
}

function openFlags({ path, args }: ProgramLayer): readonly Finding[] {
  const open: readonly (readonly [string, RegExp, string])[] = [
    ["anonymous-auth", trueWord, "everybody may talk to the kubelet without a name"],
    ["authorization-mode", /^AlwaysAllow$/, "whoever has a certificate may do everything at the kubelet"],
    ["read-only-port", /^[1-9]/, "the kubelet's port without TLS shows all pods to everybody"],
  ];
  return open
    .filter(([flag, value]) =>
      [valueOf(args, flag)].flat().some((each) => typeof each === "string" && value.test(each)),
    )
    .map(([flag, , problem]) => ({ path: [...path, "args", flag], problem }));
}

function openFields({ path, config }: ProgramLayer): readonly Finding[] {
  const open: readonly (readonly [readonly string[], unknown, string])[] = [
    [["authentication", "anonymous", "enabled"], true, "everybody may talk to the kubelet without a name"],
    [["authorization", "mode"], "AlwaysAllow", "whoever has a certificate may do everything at the kubelet"],
  ];
  const fields: Finding[] = open.flatMap(([keys, value, problem]) =>
    keys.reduce<unknown>(valueOf, config) === value ? [{ path: [...path, "config", ...keys], problem }] : [],
  );
  if (valueOf(config, "rotateCertificates") === false)
    fields.push({ path: [...path, "config", "rotateCertificates"], ...neverRenewed });
  const port = valueOf(config, "readOnlyPort");
  return typeof port === "number" && port > 0
    ? [
        ...fields,
        {
          path: [...path, "config", "readOnlyPort"],
          problem: "the kubelet's port without TLS shows all pods to everybody",
        },
      ]
    : fields;
}

function valueOf(map: unknown, key: string): unknown {
  // an own key of data that came from a schema
  return typeof map === "object" && map !== null && Object.hasOwn(map, key)
    ? (map as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
