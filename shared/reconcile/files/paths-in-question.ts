// Which paths of the host reconcile must know about. Everything it looks up is named here.
import { restoreNames } from "#shared/backup/restore-id.ts";
import { componentDirectory } from "#shared/state/component-directory.ts";
import type { DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import { temporaryName } from "#shared/state/temporary-name.ts";

/** Sorted paths of desired and fallback state, of the ledger, and of the given components' own directories. */
export function pathsInQuestion(
  wish: { readonly desired: DesiredState; readonly fallback?: DesiredState | undefined },
  about: { readonly ledger: Ledger; readonly components: readonly string[] },
): readonly string[] {
  const paths = new Set<string>();
  for (const container of [...wish.desired.containers, ...(wish.fallback?.containers ?? [])])
    for (const path of containerPaths(container)) paths.add(path);
  const components = [...about.components, ...Object.values(about.ledger.files).map((entry) => entry.component)];
  for (const component of components) addComponent(paths, component);
  for (const path of Object.keys(about.ledger.files)) paths.add(path);
  return [...paths].toSorted();
}

/** Paths that must be known before anything of the container is touched, the own before their temporary names. */
export function containerPaths(container: DesiredContainer): readonly string[] {
  const paths = new Set<string>();
  addComponent(paths, container.component);
  for (const directory of container.dataDirectories) paths.add(directory.path);
  for (const file of container.live) paths.add(file.path).add(temporaryName(file.path));
  if (container.liveDirectory !== undefined) paths.add(container.liveDirectory.path);
  for (const path of container.once?.produces ?? []) paths.add(path);
  if (container.etcd !== undefined) paths.add(`${container.etcd.dataDirectory}/member/wal`);
  for (const path of restorePaths(container)) paths.add(path);
  if (container.sealed !== undefined) {
    paths.add(container.sealed.path);
    for (const directory of container.sealed.subdirectories) paths.add(directory.path);
    for (const file of container.sealed.files) paths.add(file.path);
  }
  return [...paths];
}

/** What tells how far a restore is. */
function restorePaths({ etcd }: DesiredContainer): readonly string[] {
  if (etcd?.restore === undefined) return [];
  const { pending, before } = restoreNames(etcd.restore.id);
  return ["member", pending, `${pending}/member`, before].map((name) => `${etcd.dataDirectory}/${name}`);
}

function addComponent(paths: Set<string>, component: string): void {
  paths.add(componentDirectory(component)).add(`${componentDirectory(component)}/live`);
}
