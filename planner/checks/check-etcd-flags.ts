// Further arguments of etcd members: flags that etcd knows, with values that it can read, and none that flexkube owns.
import type { Finding, Path } from "#shared/schema/finding.ts";
import { nearest } from "#shared/schema/nearest.ts";
import type { Cluster } from "../cluster.ts";
import { etcdMember } from "../components/etcd-member.ts";
import { ownerOfEtcdFlag } from "../upstream/etcd-owned-flags.ts";
import { etcdFlags, etcdVersionsWith, wrongFlagValue } from "../upstream/flag-table.ts";
import { ownValue } from "#shared/own-value.ts";

export type FlagFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Each where it is written, once for all members that have it. */
export function checkEtcdFlags({ config, members }: Cluster): FlagFindings {
  const found = new Map<string, Finding>();
  const warnings = new Map<string, Finding>();
  for (const host of Object.keys(members)) {
    const override = config.etcd?.overrides[host]?.extraArgs;
    const path: Path = override === undefined ? ["etcd", "extraArgs"] : ["etcd", "overrides", host, "extraArgs"];
    const { version } = etcdMember(config, host);
    for (const [index, argument] of (override ?? config.etcd?.extraArgs ?? []).entries()) {
      const at = { path: [...path, index] };
      const { flag, value } = parted(argument);
      const fault = faultOf(flag, value, version === undefined ? undefined : `${version.major}.${version.minor}`);
      if (fault !== undefined) found.set(JSON.stringify([at.path, fault]), { ...at, ...fault });
      const risk = riskOf(flag, value);
      if (risk !== undefined) warnings.set(JSON.stringify(at.path), { ...at, ...risk });
    }
  }
  return { problems: [...found.values()], warnings: [...warnings.values()] };
}

/** A flag without a value is a switch. */
function parted(argument: string): { readonly flag: string; readonly value: string | undefined } {
  const [, flag = "", value] = /^-+([^=]*)(?:=(.*))?$/s.exec(argument) ?? [];
  return { flag, value };
}

type Fault = Omit<Finding, "path">;

function faultOf(flag: string, value: string | undefined, version: string | undefined): Fault | undefined {
  if (/\s/.test(flag))
    return { problem: `${JSON.stringify(flag)} is no flag`, hint: "write --flag=value, each in an item of its own" };
  const owner = ownerOfEtcdFlag(flag);
  if (owner !== undefined) return { problem: `--${flag} is set by flexkube`, hint: owner };
  const flags = version === undefined ? undefined : etcdFlags(version);
  if (flags === undefined || version === undefined) return undefined;
  const type = ownValue(flags, flag);
  if (type === undefined) return unknownFlag(flag, version, Object.keys(flags));
  if (value === undefined)
    return type === "bool" ? undefined : { problem: `--${flag} has no value`, hint: `write --${flag}=VALUE` };
  const form = ownValue(forms, flag);
  if (form?.pattern.test(value) === false)
    return { problem: `--${flag}: ${JSON.stringify(value)} is no value of it`, hint: form.hint };
  const wrong = wrongFlagValue(type, value);
  return wrong === undefined ? undefined : { problem: `--${flag}: ${wrong.problem}`, hint: wrong.hint };
}

/** Values that etcd reads by rules of the flag's own. */
const forms: Readonly<Record<string, { readonly pattern: RegExp; readonly hint: string }>> = {
  cors: { pattern: /^(\*|https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*)?$/, hint: "URLs with commas between them, or *" },
  "feature-gates": { pattern: /^([^=,]+=(true|false)(,[^=,]+=(true|false))*)?$/, hint: "pairs such as A=true,B=false" },
  "v2-deprecation": { pattern: /^(not-yet|write-only(-drop-data)?|gone)$/, hint: "such as write-only" },
};

function unknownFlag(flag: string, version: string, known: readonly string[]): Fault {
  const near = nearest(
    flag,
    known.filter((each) => ownerOfEtcdFlag(each) === undefined),
  );
  const elsewhere = etcdVersionsWith(flag);
  const plain = flag.replace(/^experimental-/, "");
  const hint = known.includes(plain)
    ? `did you mean --${plain}?`
    : near === undefined
      ? undefined
      : `did you mean --${near}?`;
  return {
    problem: `etcd ${version} has no flag --${flag}${elsewhere.length === 0 ? "" : ` (${elsewhere.join(" and ")} has)`}`,
    hint,
  };
}

/** What etcd takes, and what makes it less safe. */
function riskOf(flag: string, value: string | undefined): Fault | undefined {
  if (flag === "strict-reconfig-check" && value !== undefined && /^(0|f|false)$/i.test(value))
    return { problem: "without strict-reconfig-check a change of members may cost the quorum" };
  return flag === "feature-gates" && /(InitialCorruptCheck|CompactHashCheck)=false/.test(value ?? "")
    ? { problem: "this switches checks for corrupt data off" }
    : undefined;
}
