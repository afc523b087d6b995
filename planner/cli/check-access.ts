// Who may read and change what lies in the PKI: the user alone.
import { dirname, join } from "node:path";
import type { Problem } from "#shared/errors.ts";
import type { HostDraft } from "../host-draft.ts";
import type { Access } from "../io/file-io.ts";
import { filesOf, keptOf } from "../life/kept.ts";
import { stateFileName } from "../split/planner-state.ts";
import type { Effects } from "./effects.ts";

/** A directory or a file with a secret that others may read or change, or that is somebody else's. */
export type Exposed = {
  readonly path: string;
  readonly access: Access;
  /** Whose it must be: the owner's of the directory, unless it is the user's own. */
  readonly owner: number;
  /** The user may change it. */
  readonly canClose: boolean;
};

/** Looks at the directories and all files with secrets that a split of these hosts uses. */
export async function findExposed(
  drafts: readonly HostDraft[],
  directory: string,
  { files }: Pick<Effects, "files">,
): Promise<readonly Exposed[]> {
  const secrets = [
    stateFileName,
    ...keptOf(drafts).map((kept) => filesOf(kept).own),
    ...drafts.flatMap(({ certificates }) => certificates.map(({ id }) => `${id}.key`)),
  ].map((path) => join(directory, path));
  const { user } = files;
  const base = (await files.accessOf(directory))?.uid ?? user;
  const exposed: Exposed[] = [];
  for (const path of [...new Set([directory, ...secrets.map((each) => dirname(each)), ...secrets])].toSorted()) {
    const access = await files.accessOf(path);
    if (access === undefined) continue;
    const owner = access.uid === user ? user : base;
    if (access.uid === owner && (access.mode & 0o077) === 0) continue;
    exposed.push({ path, access, owner, canClose: user === 0 || access.uid === user });
  }
  return exposed;
}

/** One warning for all of them. */
export function exposedWarnings(exposed: readonly Exposed[]): readonly Problem[] {
  const [first] = exposed;
  if (first === undefined) return [];
  const { access, owner, path } = first;
  const more = exposed.length === 1 ? "" : `, and so or similar are ${exposed.length - 1} more of the PKI`;
  const found = access.uid === owner ? `has mode 0${access.mode.toString(8)}` : `belongs to the user ${access.uid}`;
  return [
    {
      path: "",
      file: path,
      problem: `it ${found}${more}: others may read or change it`,
      hint: "split makes keys 0600 and directories 0700, and as root gives them to the owner of the directory; a key that others have read is no secret any more",
    },
  ];
}

/** Closes what can be closed: what is somebody else's only root takes over. */
export async function closeExposed(exposed: readonly Exposed[], { files }: Pick<Effects, "files">): Promise<void> {
  for (const { path, access, canClose, owner } of exposed)
    if (canClose) await files.makePrivate(path, { mode: access.isDirectory ? 0o700 : 0o600, uid: owner });
}
