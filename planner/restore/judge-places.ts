// Which hosts begin from a snapshot: all of the cluster config's members, and nobody else may go on with the old data.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { FormerPlace } from "#planner/cluster/etcd-state.ts";

export type Places = {
  /** Members by the cluster config. */
  readonly members: readonly string[];
  /** Where members were and none will be. */
  readonly left: readonly FormerPlace[];
  /** As typed; undefined when nothing was. */
  readonly hosts: readonly string[] | undefined;
  readonly lost: readonly string[];
  /** The command as typed up to its lost members. */
  readonly command: string;
};

const path: Path = ["etcd", "hosts"];

export function judgePlaces({ members, left, hosts, lost, command }: Places): readonly Finding[] {
  if (members.length === 0) {
    const problem = "the cluster config has no member of etcd that could be restored";
    return [{ path: ["etcd"], problem, hint: "say etcd.hosts first" }];
  }
  const untyped = left.filter(({ name }) => !lost.includes(name));
  const names = [...new Set(left.map(({ name }) => name))].toSorted();
  const idle = lost.filter((name) => !names.includes(name));
  return [
    ...(hosts === undefined || isSame(hosts, members) ? [] : [otherHosts(hosts, members)]),
    ...(untyped.length === 0 ? [] : [unsaid(untyped, `${command} --lost ${names.join(",")}`)]),
    ...idle.map((name) => notLost(name, members.includes(name))),
  ];
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return [...new Set(some)].toSorted().join() === others.toSorted().join();
}

/** The config is the only wish: a set that stood on the command line alone would be gone with the next split. */
function otherHosts(hosts: readonly string[], members: readonly string[]): Finding {
  return {
    path,
    problem: `--hosts says ${hosts.join(", ")}, and the members here are ${members.join(", ")}, which all begin from the snapshot`,
    hint: `write hosts: [${hosts.join(", ")}] here, or leave --hosts out`,
  };
}

function unsaid(places: readonly FormerPlace[], command: string): Finding {
  const were = places.map(({ name, address }) => `${name} (${address})`).join(", ");
  return {
    path,
    problem: `members have been on ${were} and will not be; one that runs there with the old data could go on as a second cluster`,
    hint: `when nothing runs there any more and never will, type ${command}; otherwise keep them here`,
  };
}

function notLost(name: string, isMember: boolean): Finding {
  return isMember
    ? {
        path,
        problem: `--lost says ${name}, which is a member here and will be restored where it was`,
        hint: `take ${name} out here, or leave it out of --lost`,
      }
    : { path, problem: `--lost says ${name}, where no member has been`, hint: "leave it out" };
}
