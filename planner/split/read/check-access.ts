// Who may read and change what the planner keeps and writes: the user alone.
import { dirname, join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import type { HostDraft } from "#planner/draft/host-draft.ts";
import { sealingSecrets } from "#planner/draft/components/agent.ts";
import type { Access } from "#planner/io/file-io.ts";
import { filesOf, keptOf } from "#planner/life/kept.ts";
import { hostFileName } from "#planner/life/host-file.ts";
import { stateFileName } from "#planner/state/planner-state.ts";
import type { Effects } from "#planner/effects.ts";

/** A directory or a file that others may read or change, or that is somebody else's. */
export type Exposed = {
  readonly path: string;
  readonly access: Access;
  /** What of the mode is too much. */
  readonly excess: number;
  /** Whose it must be: the owner's of the directory, unless it is the user's own. */
  readonly owner: number;
  /** The user may change it, and it is ours to change. */
  readonly canClose: boolean;
  readonly of: keyof typeof named;
};

const named = { pki: "of the PKI", hosts: "of the host configs", around: "around them" } as const;

/** Bits of a mode that a path may not have. */
const tooMuch = {
  /** Set-user-id and the like say that somebody wanted more of a file than its words. */
  secret: 0o7077,
  privateDirectory: 0o077,
  changing: 0o022,
  /** A group may be the user's own. */
  byAnybody: 0o002,
} as const;

type Place = { readonly path: string; readonly not: number; readonly of: Exposed["of"]; readonly base: number };

export type Looked = {
  readonly directories: { readonly out: string; readonly pki: string };
  /** The cluster config's file. */
  readonly file: string;
  /** Those that left too: their files hold keys. */
  readonly hosts: readonly string[];
};

/** Looks at the directories and all files that a split of these hosts reads and writes. */
export async function findExposed(
  drafts: readonly HostDraft[],
  { directories, file, hosts }: Looked,
  { files }: Pick<Effects, "files">,
): Promise<readonly Exposed[]> {
  const { out, pki } = directories;
  const ownerOf = async (path: string): Promise<number> => (await files.accessOf(path))?.uid ?? files.user;
  const places = [
    ...placesIn(pki, drafts).map((place) => ({ ...place, of: "pki" as const })),
    { path: out, not: tooMuch.changing, of: "hosts" as const },
    ...hosts.map((host) => ({ path: join(out, hostFileName(host)), not: tooMuch.secret, of: "hosts" as const })),
    ...[dirname(pki), dirname(out), file].map((path) => ({ path, not: tooMuch.byAnybody, of: "around" as const })),
  ];
  const bases = { pki: await ownerOf(pki), hosts: await ownerOf(out), around: files.user };
  const unique = new Map(places.toReversed().map((place) => [place.path, { ...place, base: bases[place.of] }]));
  const exposed: Exposed[] = [];
  for (const place of [...unique.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const access = await files.accessOf(place.path);
    const judged = access === undefined ? undefined : judge(place, access, files.user);
    if (judged !== undefined) exposed.push(judged);
  }
  return exposed;
}

function placesIn(
  pki: string,
  drafts: readonly HostDraft[],
): readonly { readonly path: string; readonly not: number }[] {
  const kept = keptOf(drafts).map(filesOf);
  const leaves = drafts.flatMap(({ certificates }) => certificates.map(({ id }) => id));
  const sealing = drafts.flatMap(({ host, secrets: { [sealingSecrets.signers]: signers } }) =>
    signers === undefined ? [] : [`delivery/hosts/${host}.key`, "delivery/signer.key", "delivery/recovery.key"],
  );
  const secrets = [stateFileName, ...sealing, ...kept.map(({ own }) => own), ...leaves.map((id) => `${id}.key`)];
  const open = [...kept.flatMap(({ shared }) => shared ?? []), ...leaves.map((id) => `${id}.crt`)];
  const holding = new Set(secrets.map((path) => dirname(join(pki, path))));
  return [
    { path: pki, not: tooMuch.privateDirectory },
    ...[...holding].map((path) => ({ path, not: tooMuch.privateDirectory })),
    ...secrets.map((path) => ({ path: join(pki, path), not: tooMuch.secret })),
    ...open.map((path) => ({ path: join(pki, path), not: tooMuch.changing })),
  ];
}

function judge({ path, not, of, base }: Place, access: Access, user: number): Exposed | undefined {
  const owner = access.uid === user ? user : base;
  const excess = access.mode & not;
  // a name in such a directory is changed by its owner alone
  const isSticky = of === "around" && (access.mode & 0o1000) !== 0;
  if (excess === 0 ? of === "around" || access.uid === owner : isSticky) return undefined;
  const isOurs = of !== "around" && access.isLink !== true;
  return { path, access, excess, owner, canClose: isOurs && (user === 0 || access.uid === user), of };
}

/** One warning for all of a kind. */
export function exposedWarnings(exposed: readonly Exposed[]): readonly Problem[] {
  return (["pki", "hosts", "around"] as const).flatMap((of) => {
    const those = exposed.filter((each) => each.of === of);
    const [first] = those;
    if (first === undefined) return [];
    const { access, path, excess } = first;
    const more = those.length === 1 ? "" : `, and so or similar are ${those.length - 1} more ${named[of]}`;
    const link = access.isLink === true ? "is a link to what " : "";
    const found = excess === 0 ? `belongs to the user ${access.uid}` : `has mode 0${access.mode.toString(8)}`;
    return [
      { path: "", file: path, problem: `it ${link}${found}${more}: others may ${wayOf(first)} it`, hint: hints[of] },
    ];
  });
}

function wayOf({ excess }: Exposed): string {
  return excess === 0 || (excess & 0o7055) !== 0 ? "read or change" : "change";
}

const hints = {
  pki: "split makes keys 0600 and directories 0700, and as root gives them to the owner of the directory; a key that others have read is no secret any more",
  hosts:
    "split makes host configs 0600, and as root gives them to the owner of the directory; they hold keys, and whoever changes one is root on its host",
  around:
    "chmod o-w: whoever changes the cluster config or puts something in the place of pki or hosts is root on all hosts",
} as const;

/** Closes what can be closed: what is somebody else's only root takes over. */
export async function closeExposed(exposed: readonly Exposed[], { files }: Pick<Effects, "files">): Promise<void> {
  for (const { path, access, canClose, excess, owner } of exposed)
    if (canClose) await files.makePrivate(path, { mode: access.mode & ~excess, uid: owner });
}
