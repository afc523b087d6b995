// Files that are replaced at their path while their container runs.
import type { DesiredDirectory, LiveFile } from "#shared/state/desired.ts";
import { liveDirectoryOf } from "#shared/state/component-directory.ts";
import { directoryAccess, type Owner } from "./directory-access.ts";
import type { FileDraft } from "./file-draft.ts";
import type { SecretStore } from "./secret-store.ts";
import { sortedBy } from "./sorted-by.ts";

type LiveOptions = {
  readonly component: string;
  readonly files: readonly FileDraft[];
  /** The container's user, when known. */
  readonly user: Owner | undefined;
  readonly secrets: SecretStore;
};

/** Live files sorted by path, and the component's `live` directory when one of them lies in it. */
export function liveFiles({ component, files, user, secrets }: LiveOptions): {
  readonly files: readonly LiveFile[];
  readonly directory: DesiredDirectory | undefined;
} {
  const path = liveDirectoryOf(component);
  const own = files.filter((file) => file.effect !== "replace" && !file.path.startsWith("/"));
  const live = files.flatMap((file) => liveFile(file, path, secrets));
  return {
    files: sortedBy(live, (file) => file.path),
    directory: own.length === 0 ? undefined : { path, ...directoryAccess(own, user) },
  };
}

function liveFile(file: FileDraft, directory: string, secrets: SecretStore): readonly LiveFile[] {
  if (file.effect === "replace") return [];
  const ownDirectory = !file.path.startsWith("/");
  const live = {
    path: ownDirectory ? `${directory}/${file.path}` : file.path,
    content: file.content,
    digest: secrets.digest(file.content),
    mode: file.mode,
    uid: file.uid,
    gid: file.gid,
    effect: file.effect,
    signal: file.signal,
    takeOver: file.takeOver,
    ownDirectory,
  } satisfies LiveFile;
  return [live];
}
