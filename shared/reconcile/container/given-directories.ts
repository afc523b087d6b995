// Data and live directories that belong to a user whom their container ran as before: they are given to the one whom
// it runs as now, between the stop of the one and the start of the other.
import { stepFor } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer, DesiredDirectory, Owner } from "#shared/state/desired.ts";
import type { ObservedState } from "#shared/state/observed.ts";
import type { GivenDirectory, Step } from "#shared/state/step.ts";

/** Whose a directory is while it is given away: root's, by a group that nobody has. A cut shows by it. */
export const onTheWay: Owner = { uid: 0, gid: 2_147_483_646 };

/** What is to be given before the container starts; nothing while a host config names nobody who ran it before. */
export function givenDirectories(desired: DesiredContainer, observed: ObservedState): readonly GivenDirectory[] {
  const { formerOwners = [], liveDirectory } = desired;
  if (formerOwners.length === 0) return [];
  const data = desired.dataDirectories.filter(({ shared, emptyFile }) => shared !== true && emptyFile !== true);
  return [
    ...data.map((directory) => [directory, "data"] as const),
    ...(liveDirectory === undefined ? [] : [[liveDirectory, "live"] as const]),
  ].flatMap(([{ path, mode, uid, gid }, holds]) => {
    const found = observed.paths.get(path);
    if (found?.type !== "directory" || isOwner(found, { uid, gid })) return [];
    if (![onTheWay, ...formerOwners].some((owner) => isOwner(found, owner))) return [];
    const own = holds === "data" ? { isWhole: true } : { isWhole: false, mode };
    return [{ path, holds, ...own, uid, gid, found: { uid: found.uid, gid: found.gid }, from: formerOwners }];
  });
}

/** Where files have come before: the live directory is as they need it. */
export function givenData(desired: DesiredContainer, observed: ObservedState): readonly GivenDirectory[] {
  return givenDirectories(desired, observed).filter(({ holds }) => holds === "data");
}

/** Where no files come: what is there goes to whom the container runs as. */
export function givenBack(
  wanted: DesiredContainer,
  user: string | undefined,
  observed: ObservedState,
): readonly GivenDirectory[] {
  return givenDirectories(asRunBy(wanted, user), observed).map((directory) => ({ ...directory, isWhole: true }));
}

/** The directories without those that come later, while nothing of the container runs. */
export function withoutGiven<Directory extends DesiredDirectory>(
  directories: readonly Directory[],
  given: readonly GivenDirectory[],
): readonly Directory[] {
  return directories.filter(({ path }) => !given.some((later) => later.path === path));
}

/** One step for all of a container's. */
export function giveSteps(
  desired: DesiredContainer,
  directories: readonly GivenDirectory[],
  cause = "it runs as another user than before",
): readonly Step[] {
  return directories.length === 0 ? [] : [stepFor("giveDirectories", desired, cause, { directories })];
}

/** What a container was before, able to take back what the wanted one may have been given. */
export function takingBack(before: DesiredContainer, wanted: DesiredContainer): DesiredContainer {
  if (wanted.formerOwners === undefined) return before;
  const own = runsAs(wanted.spec.user);
  const all = [...(own === undefined ? [] : [own]), ...wanted.formerOwners, ...(before.formerOwners ?? [])];
  const itself = runsAs(before.spec.user);
  return { ...before, formerOwners: all.filter((owner) => itself === undefined || !isOwner(owner, itself)) };
}

/** The wanted container's directories as one needs them that runs as `user`. */
function asRunBy(wanted: DesiredContainer, user: string | undefined): DesiredContainer {
  const [own, owner] = [runsAs(wanted.spec.user), runsAs(user)];
  if (own === undefined || owner === undefined || wanted.formerOwners === undefined) return wanted;
  const owned = <Directory extends DesiredDirectory>(directory: Directory): Directory =>
    isOwner(directory, own) ? { ...directory, ...owner } : directory;
  return {
    ...wanted,
    dataDirectories: wanted.dataDirectories.map(owned),
    liveDirectory: wanted.liveDirectory === undefined ? undefined : owned(wanted.liveDirectory),
    formerOwners: [own, ...wanted.formerOwners].filter((other) => !isOwner(other, owner)),
  };
}

export function isOwner(found: Owner, { uid, gid }: Owner): boolean {
  return found.uid === uid && found.gid === gid;
}

/** User and group of `7:8`; undefined where the image or a name decides. */
function runsAs(user: string | undefined): Owner | undefined {
  const { uid, gid } = /^(?<uid>\d+):(?<gid>\d+)$/.exec(user ?? "")?.groups ?? {};
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}
