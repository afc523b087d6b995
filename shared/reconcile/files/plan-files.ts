// Turns file differences into commit entries, checks and signals.
import { componentDirectory } from "#shared/state/component-directory.ts";
import { stepFor } from "#shared/reconcile/parts/context.ts";
import type { DesiredContainer, DesiredFile, LiveFile } from "#shared/state/desired.ts";
import { isEffectDue } from "./file-differences.ts";
import type { FileDifferences } from "./file-differences.ts";
import type { Ledger } from "#shared/state/ledger.ts";
import type { ObservedContainer, ObservedState } from "#shared/state/observed.ts";
import type { FileCommit, Step } from "#shared/state/step.ts";

type Entry = FileCommit["replaced"][number];

/** A commit entry; with `deliveredTo` the named container needs no effect from it. */
export function deliver(desired: DesiredContainer, file: DesiredFile, deliveredTo?: string): Entry {
  const { path, content, digest, mode, uid, gid } = file;
  return { path, content, digest, mode, uid, gid, component: desired.component, deliveredTo };
}

/**
 * What is written before the container changes. `inUse`: a process may read the sealed directory now, so even a
 * missing file comes by rename; otherwise missing files are written in place.
 */
export function filesBefore(
  desired: DesiredContainer,
  differences: FileDifferences,
  about: {
    readonly inUse: boolean;
    readonly current: ObservedContainer | undefined;
    readonly ledger?: Ledger | undefined;
  },
): Omit<FileCommit, "removed"> {
  const { component } = desired;
  const sealed = differences.sealed.map((item) => ({ ...item, replace: about.inUse }));
  const live = differences.live.map((item) => ({
    ...item,
    replace: about.current !== undefined || item.found !== undefined,
  }));
  return {
    directories: differences.directories.map(({ path, mode, uid, gid, emptyFile }) => ({
      path,
      mode,
      uid,
      gid,
      ...(emptyFile === undefined ? {} : { emptyFile }),
      components: [component],
    })),
    fresh: [...sealed, ...live].filter((item) => !item.replace).map(({ file }) => deliver(desired, file)),
    replaced: [
      ...sealed.filter((item) => item.replace).map(({ file }) => deliver(desired, file)),
      ...live
        .filter((item) => item.replace)
        .map(({ file, found }) => deliver(desired, file, alreadyWorksWith(file, found, about))),
    ],
  };
}

/** A file for `restart` that somebody changed after the container had read it: it needs no restart when it is put back. */
function alreadyWorksWith(
  file: LiveFile,
  found: { readonly changedAt: number } | undefined,
  about: { readonly current: ObservedContainer | undefined; readonly ledger?: Ledger | undefined },
): string | undefined {
  if (file.effect !== "restart" || found === undefined || about.current?.startedAt === undefined) return undefined;
  if (about.ledger?.files[file.path]?.digest !== file.digest) return undefined;
  return found.changedAt > about.current.startedAt ? about.current.id : undefined;
}

/** The check before changed live files come into force; it gets all files of the component's own directory. */
export function checkSteps(desired: DesiredContainer, differences: FileDifferences, cause: string): readonly Step[] {
  if (desired.check === undefined || !differences.live.some(({ file }) => file.ownDirectory)) return [];
  const own = `${componentDirectory(desired.component)}/`;
  const mounts = desired.spec.mounts.filter((mount) => mount.source.startsWith(own));
  const inside = (path: string): string => {
    const mount = mounts.find(({ source }) => path.startsWith(`${source}/`));
    return mount === undefined ? path : `${mount.target}${path.slice(mount.source.length)}`;
  };
  const target = mounts.find((mount) => mount.source === desired.liveDirectory?.path)?.target ?? own;
  const files = [...(desired.sealed?.files ?? []), ...desired.live.filter((file) => file.ownDirectory)];
  return [
    stepFor("checkFiles", desired, cause, {
      spec: {
        ...desired.spec,
        args: desired.check.map((argument) => argument.replaceAll("{files}", target)),
        mounts: desired.spec.mounts.filter((mount) => !mounts.includes(mount)),
        // the files are put into the one-shot itself
        readOnlyRoot: false,
        ports: [],
      },
      files: files.map(({ path, content, digest, mode, uid, gid }) => ({
        path: inside(path),
        content,
        digest,
        mode,
        uid,
        gid,
      })),
    }),
  ];
}

/** One signal step for each signal that changed or undelivered files ask for. */
export function signalSteps(
  desired: DesiredContainer,
  container: ObservedContainer,
  about: { readonly differences: FileDifferences; readonly observed: ObservedState },
): readonly Step[] {
  const changed = new Set(about.differences.live.map(({ file }) => file.path));
  const due = desired.live.filter(
    (file) => file.effect === "signal" && (changed.has(file.path) || isEffectDue(file, container, about.observed)),
  );
  const signals = [...new Set(due.map((file) => file.signal ?? "HUP"))].toSorted();
  return signals.map((signal) => {
    const files = due.filter((file) => (file.signal ?? "HUP") === signal);
    const cause = `changed: ${files.map((file) => file.path).join(", ")}`;
    return stepFor("signalContainer", desired, cause, {
      id: container.id,
      signal,
      delivers: Object.fromEntries(files.map((file) => [file.path, file.digest])),
    });
  });
}
