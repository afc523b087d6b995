// What fields of a KubeSchedulerConfiguration must be together.
import type { Asked, Relation } from "./relation.ts";
import { int, list, map, ns, unless } from "./relation.ts";

/** Of the scheduler, as its own validation says (pkg/scheduler/apis/config/validation). */
export function schedulerFaults({ fields }: Asked): readonly Relation[] {
  const election = map(fields["leaderElection"]);
  const first = int(fields["podInitialBackoffSeconds"], 1);
  const [lease, renew, retry] = [
    ns(election["leaseDuration"], "15s"),
    ns(election["renewDeadline"], "10s"),
    ns(election["retryPeriod"], "2s"),
  ];
  const isElected = election["leaderElect"] !== false;
  return [
    ...unless(
      !isElected || lease > renew,
      ["leaderElection"],
      "leaseDuration is not longer than renewDeadline",
      "15s and 10s by default",
    ),
    ...unless(
      !isElected || renew > 1.2 * retry,
      ["leaderElection"],
      "renewDeadline is not longer than retryPeriod and a fifth",
      "10s and 2s by default",
    ),
    ...unless(
      int(fields["podMaxBackoffSeconds"], 10) >= first,
      [Object.hasOwn(fields, "podMaxBackoffSeconds") ? "podMaxBackoffSeconds" : "podInitialBackoffSeconds"],
      `podMaxBackoffSeconds is less than podInitialBackoffSeconds (${first})`,
      "10 and 1 by default",
    ),
    ...profileFaults(list(fields["profiles"])),
    ...extenderFaults(list(fields["extenders"])),
  ];
}

function profileFaults(profiles: readonly unknown[]): readonly Relation[] {
  const names = profiles.map(
    (profile) => map(profile)["schedulerName"] ?? (profiles.length === 1 ? "default-scheduler" : ""),
  );
  const first = JSON.stringify(map(map(profiles[0])["plugins"])["queueSort"] ?? {});
  return profiles.flatMap((profile, index): readonly Relation[] => {
    const at = ["profiles", index];
    const configs = list(map(profile)["pluginConfig"]).map((each) => map(each)["name"]);
    return [
      ...unless(names[index] !== "", at, "a profile without schedulerName"),
      ...unless(
        names.findIndex((name) => name === names[index]) === index,
        at,
        "another profile has the same schedulerName",
      ),
      ...configs.flatMap((name, place) =>
        unless(configs.indexOf(name) === place, [...at, "pluginConfig", place], "the same plug-in is there twice"),
      ),
      ...unless(
        JSON.stringify(map(map(profile)["plugins"])["queueSort"] ?? {}) === first,
        [...at, "plugins", "queueSort"],
        "it must be the same in all profiles",
      ),
    ];
  });
}

function extenderFaults(extenders: readonly unknown[]): readonly Relation[] {
  const binders = extenders.map((each) => (map(each)["bindVerb"] ?? "") !== "");
  return extenders.flatMap((extender, index): readonly Relation[] => {
    const { prioritizeVerb = "", weight = 0 } = map(extender);
    return [
      ...unless(
        prioritizeVerb === "" || int(weight, 0) > 0,
        ["extenders", index],
        "prioritizeVerb needs a weight of 1 or more",
      ),
      ...unless(
        binders[index] !== true || binders.indexOf(true) === index,
        ["extenders", index, "bindVerb"],
        "only one extender may bind",
      ),
    ];
  });
}
