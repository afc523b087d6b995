// Further arguments of etcd members: flags that etcd knows, with values that it can read, and none that flexkube owns.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { nearest } from "#shared/nearest.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { fieldFlags } from "#planner/cluster/etcd-care.ts";
import { etcdMember } from "#planner/cluster/etcd-member.ts";
import type { LayeredMember } from "#planner/cluster/etcd-member.ts";
import { unfitEtcdValues, wrongEtcdValue } from "#planner/upstream/etcd-flag-domains.ts";
import { ownerOfEtcdFlag } from "#planner/upstream/etcd-owned-flags.ts";
import { etcdFlags, etcdVersionsWith, wrongFlagValue } from "#planner/upstream/flag-table.ts";
import { ownValue } from "#shared/own-value.ts";
import { falseWord } from "#shared/bool-words.ts";

export type FlagFindings = { readonly problems: readonly Finding[]; readonly warnings: readonly Finding[] };

/** Each where it is written, once for all members that have it. */
export function checkEtcdFlags({ config, members }: Cluster): FlagFindings {
  const found = new Map<string, Finding>();
  const warnings = new Map<string, Finding>();
  for (const host of Object.keys(members)) {
    const override = config.etcd?.overrides[host]?.extraArgs;
    const path: Path = override === undefined ? ["etcd", "extraArgs"] : ["etcd", "overrides", host, "extraArgs"];
    const member = etcdMember(config, host);
    const version = member.version === undefined ? undefined : `${member.version.major}.${member.version.minor}`;
    const given: Given[] = [];
    for (const [index, argument] of (override ?? config.etcd?.extraArgs ?? []).entries()) {
      const at = { path: [...path, index] };
      const { flag, value } = parted(argument);
      const fault = faultOf(flag, value, version) ?? saidTwice(flag, member);
      if (fault === undefined) given.push({ flag, value: value ?? "true", path: at.path });
      else found.set(JSON.stringify([at.path, fault]), { ...at, ...fault });
      const risk = riskOf(flag, value);
      if (risk !== undefined) warnings.set(JSON.stringify(at.path), { ...at, ...risk });
    }
    for (const unfit of checkTogether(given, member)) found.set(JSON.stringify([unfit.path, unfit]), unfit);
  }
  return { problems: [...found.values()], warnings: [...warnings.values()] };
}

type Given = { readonly flag: string; readonly value: string; readonly path: Path };

/** Arguments of one member that are right each by itself; feature gates add up, of all else the last one counts. */
function checkTogether(given: readonly Given[], { fields }: LayeredMember): readonly Finding[] {
  const values = new Map<string, string>();
  const places = new Map<string, Path>();
  for (const { flag, value, path } of given) {
    const before = flag === "feature-gates" ? values.get(flag) : undefined;
    values.set(flag, before === undefined ? value : `${before},${value}`);
    places.set(flag, path);
  }
  const { dataDirectory, cipherSuites } = fields;
  const facts = {
    dataDirectory: typeof dataDirectory === "string" ? dataDirectory : "",
    hasCipherSuites: Array.isArray(cipherSuites) && cipherSuites.length > 0,
  };
  return unfitEtcdValues(values, facts).map(({ flag, problem, hint }) => ({
    path: places.get(flag) ?? ["etcd", "extraArgs"],
    problem: `--${flag}: ${problem}`,
    hint,
  }));
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
  const type = flags === undefined ? undefined : ownValue(flags, flag);
  if (flags !== undefined && type === undefined) return unknownFlag(flag, version ?? "", Object.keys(flags));
  if (value === undefined && type !== undefined && type !== "bool")
    return { problem: `--${flag} has no value`, hint: `write --${flag}=VALUE` };
  const text = value ?? "true";
  const wrong =
    (type === undefined ? undefined : wrongFlagValue(flag === "feature-gates" ? "mapStringBool" : type, text)) ??
    wrongEtcdValue({ version, flag, type }, text);
  return wrong === undefined ? undefined : { problem: `--${flag}: ${wrong.problem}`, hint: wrong.hint };
}

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
  if (flag === "strict-reconfig-check" && value !== undefined && falseWord.test(value))
    return { problem: "without strict-reconfig-check a change of members may cost the quorum" };
  return flag === "feature-gates" && /(InitialCorruptCheck|CompactHashCheck)=false/.test(value ?? "")
    ? { problem: "this switches checks for corrupt data off" }
    : undefined;
}

/** A field of the section and a flag for one thing. */
function saidTwice(flag: string, { fields }: LayeredMember): Fault | undefined {
  const field = ownValue(fieldFlags, flag);
  return field === undefined || fields[field] === undefined
    ? undefined
    : { problem: `--${flag} is said by ${field} too`, hint: `use ${field} alone` };
}
