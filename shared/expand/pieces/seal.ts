// Files that a process reads only at start, put into a directory that is named by what is in it.
import { canonical } from "#shared/canonical.ts";
import type { DesiredDirectory, SealedDirectory } from "#shared/state/desired.ts";
import { componentDirectory } from "#shared/state/component-directory.ts";
import { type DirectoryAccess, directoryAccess, type Owner } from "./directory-access.ts";
import type { FileDraft } from "./file-draft.ts";
import type { SecretStore } from "./secret-store.ts";
import { sortedBy } from "./sorted-by.ts";

const nameLength = 32;

type SealOptions = {
  readonly component: string;
  readonly files: readonly FileDraft[];
  /** The container's user, when known. */
  readonly user: Owner | undefined;
  readonly secrets: SecretStore;
};

/** The sealed directory of a container, or undefined when nothing is sealed. Same content, mode and owner: same path. */
export function seal({ component, files, user, secrets }: SealOptions): SealedDirectory | undefined {
  const sealed = sortedBy(
    files.filter((file) => file.effect === "replace"),
    (file) => file.path,
  );
  if (sealed.length === 0) return undefined;
  const access = directoryAccess(sealed, user);
  const digested = sealed.map(({ path, content, mode, uid, gid }) => {
    return { path, content, mode, uid, gid, digest: secrets.digest(content) };
  });
  const contents = digested.map(({ path, mode, uid, gid, digest }) => ({ path, mode, uid, gid, digest }));
  const name = secrets.digest(canonical({ directory: access, files: contents })).slice(0, nameLength);
  const directory = `${componentDirectory(component)}/${name}`;
  return {
    path: directory,
    ...access,
    subdirectories: subdirectories(directory, sealed, access),
    files: digested.map((file) => ({ ...file, path: `${directory}/${file.path}` })),
  };
}

/** Every directory between `directory` and the files, parents first. */
function subdirectories(
  directory: string,
  files: readonly FileDraft[],
  access: DirectoryAccess,
): readonly DesiredDirectory[] {
  const parents = new Set(files.flatMap((file) => parentsOf(file.path)));
  return [...parents].toSorted().map((parent) => ({ path: `${directory}/${parent}`, ...access }));
}

function parentsOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
