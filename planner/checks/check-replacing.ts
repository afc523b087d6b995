// Whether a member of etcd can begin anew, its data being lost: others must have the data and go on meanwhile.
import { orKnown } from "#shared/argument-fault.ts";
import type { Finding } from "#shared/document/finding.ts";
import { ownValue } from "#shared/own-value.ts";
import type { EtcdState } from "#shared/schema/planner-state.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { membersChange } from "#planner/cluster/etcd-members.ts";

export type Replacing = {
  /** As typed. */
  readonly names: readonly string[];
  /** The cluster config's file as it was typed. */
  readonly file: string;
};

const path = ["etcd", "hosts"];
const page = `"Members that do not come and go by themselves" in examples/recovery/README.md`;

/** Nothing of it can be forced: what is refused here could not be done. `before`: etcd as the last split left it. */
export function checkReplacing(
  cluster: Cluster,
  before: EtcdState | undefined,
  replacing: Replacing | undefined,
): readonly Finding[] {
  if (replacing === undefined) return [];
  const names = [...new Set(replacing.names)];
  const split = `flexkube-planner split ${replacing.file}`;
  const said = `--replace-member says ${names.join(", ")}`;
  if (!cluster.bootstrapped || before === undefined)
    return [
      {
        path,
        problem: `${said}, and nobody has said yet that etcd is up: until then its members are those that found it`,
        hint: `when etcd is up on all its other hosts: ${split} --bootstrapped --replace-member ${names.join(",")}`,
      },
    ];
  const strangers = names.flatMap((name) => checkMember(name, cluster, before));
  if (strangers.length > 0) return strangers;
  if (!cluster.membership.isOn)
    return [
      {
        path: ["etcd"],
        problem: `${said}, and members do not come and go by themselves here`,
        hint: `say etcd.membership: { enabled: true }, then ${split} --replace-member ${names.join(",")}; or type the commands of ${page}`,
      },
    ];
  return checkMajority(cluster, before, { names, file: replacing.file });
}

function checkMember(name: string, { members }: Cluster, before: EtcdState): readonly Finding[] {
  const known = Object.keys(members);
  const isNow = Object.hasOwn(members, name);
  const was = ownValue(before.members, name);
  if (isNow && was !== undefined) return [];
  const saying = `--replace-member says ${name}`;
  if (isNow) return [{ path, problem: `${saying}, which becomes a member with this very split`, hint: "leave it out" }];
  if (was !== undefined)
    return [{ path, problem: `${saying}, which is taken out here`, hint: "leave it out: that is enough" }];
  const problem = `${saying}, which is no member${orKnown(name, known)}`;
  return [{ path, problem, hint: `members are ${known.join(", ")}` }];
}

/** Those that stay are the only ones that surely have the data: without a majority of the members before they change nothing. */
function checkMajority({ members }: Cluster, before: EtcdState, { names, file }: Replacing): readonly Finding[] {
  const former = Object.keys(before.members);
  const { leaving, replaced } = membersChange(before, members);
  const staying = former.filter((name) => !leaving.includes(name) && !replaced.includes(name));
  const restore = `flexkube-planner restore ${file} --snapshot SNAPSHOT`;
  if (former.length === 1) {
    const problem = `--replace-member says ${names.join(", ")}, which is etcd's only member: nobody else has the data`;
    return [{ path, problem, hint: `begin from a backup: ${restore}` }];
  }
  const majority = Math.floor(former.length / 2) + 1;
  if (staying.length >= majority) return [];
  const stay = staying.length === 0 ? "none stays" : `${staying.join(", ")} ${staying.length === 1 ? "stays" : "stay"}`;
  const first =
    leaving.length === 0
      ? ""
      : `when ${leaving.join(", ")} still works, replace first and take out with a later split; `;
  return [
    {
      path,
      problem: `with ${names.join(", ")} replaced ${stay} of the ${former.length} members, and ${majority} are needed for any change`,
      hint: `${first}when they are gone for good: ${restore}`,
    },
  ];
}
