// A restore of etcd on the fake engine: etcdutl, the helper's hidden command on the fake host's files, and a member that has data.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { FakeFiles } from "#agent/engine/fake/fake-files.ts";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { dataAt, snapshotsAt } from "#agent/restore/restore-containers.ts";
import type { RestoreDisk } from "#agent/restore/restore-disk.ts";
import { restoreFiles } from "#agent/restore/restore-files.ts";
import { parseRestoreArgument } from "#agent/restore/restore-order.ts";

/** The hidden `restore` command, cut between two operations. */
export function fakeRestore({ command, files, step, log }: FakeRun): FakeOutcome {
  const [argument = "", snapshot] = command.slice(command.indexOf("restore") + 1);
  const order = parseRestoreArgument(argument);
  if (order === undefined) return { endsAfterMs: 0, exitCode: 64 };
  const refused = restoreFiles(fakeDisk(files, snapshot, step), order);
  if (refused !== undefined) log(refused);
  return { endsAfterMs: 50, exitCode: refused === undefined ? 0 : 73 };
}

/** As `inodeStamp` of a real file. */
export function stampIn(files: FakeFiles, path: string): string {
  const { inode, size, changedAt, mode } = files.lstat(path);
  return `${inode} ${size} ${changedAt} ${mode}`;
}

function fakeDisk(files: FakeFiles, snapshot: string | undefined, step: FakeRun["step"]): RestoreDisk {
  const at = (path: string): string => `${dataAt}/${path}`;
  const own = (path: string, owner: { readonly uid: number; readonly gid: number }): void => {
    if (files.lstat(path).type === "directory") for (const name of files.list(path)) own(`${path}/${name}`, owner);
    step(`own ${path}`);
    files.set(path, { uid: owner.uid, gid: owner.gid });
  };
  return {
    exists: (path) => files.exists(at(path)),
    snapshotStamp: () => stampIn(files, `${snapshotsAt}/${snapshot ?? ""}`),
    snapshotDigest: () =>
      createHash("sha256")
        .update(files.read(`${snapshotsAt}/${snapshot ?? ""}`))
        .digest("hex"),
    make: (path, { uid, gid }) => {
      step(`make ${path}`);
      files.mkdir(at(path), { mode: 0o700, uid, gid });
    },
    mark: (path, { uid, gid }) => {
      step(`mark ${path}`);
      files.write(at(path), "", { mode: 0o600, uid, gid });
    },
    own: (path, owner) => own(at(path), owner),
    rename: (from, to) => {
      step(`rename ${from}`);
      if (files.exists(at(to))) throw new Error(`${to} is there`);
      files.rename(at(from), at(to));
    },
    remove: (path) => {
      if (!files.exists(at(path))) return;
      step(`remove ${path}`);
      files.remove(at(path));
    },
  };
}

/** Content of a snapshot at which etcdutl finds the disk full. */
export const tooLarge = "larger than the disk";

/** Image of a member: `etcdutl snapshot restore` makes data out of a snapshot's content, and etcd has some. */
export function fakeEtcd({ command, files, step }: FakeRun): FakeOutcome {
  if (!command.includes("snapshot")) {
    if (!files.exists("/var/lib/etcd/member/wal")) {
      files.mkdir("/var/lib/etcd/member/wal", { mode: 0o700 });
      files.write("/var/lib/etcd/member/wal/0-0.wal", "log");
      files.write("/var/lib/etcd/member/db", "former");
    }
    return {};
  }
  const option = (name: string): string =>
    command.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3) ?? "";
  const directory = option("data-dir");
  // as the real one
  if (files.exists(directory)) return { endsAfterMs: 5, exitCode: 1 };
  const [source = ""] = command.slice(command.indexOf("restore") + 1);
  for (const [path, content] of [
    ["db", files.read(`${snapshotsAt}/${basename(source)}`)],
    ["wal/0-0.wal", option("initial-cluster-token")],
  ] as const) {
    step(`etcdutl ${path}`);
    const parent = `${directory}/member/${path}`.split("/").slice(0, -1).join("/");
    files.mkdir(parent, { mode: 0o700 });
    files.write(`${directory}/member/${path}`, content, { mode: 0o600 });
    if (Buffer.from(content).toString() === tooLarge) return { endsAfterMs: 5, exitCode: 1 };
  }
  return { endsAfterMs: 100 };
}
