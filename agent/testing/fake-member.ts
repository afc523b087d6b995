// A host in memory whose member can be backed up: its directory, etcdctl and etcdutl, each cut where the test says.
import type { BackupHost, BackupsSeen, MemberState } from "#agent/backup/backup-host.ts";
import { keepBackups } from "#agent/backup/keep-files.ts";
import { parseBackupRecord, parseDrillRecord } from "#shared/backup/backup-record.ts";
import { isHalfMade, parseBackupName, recordName, temporaryNames, drillName } from "#shared/backup/backup-name.ts";
import { offsetOf } from "#shared/backup/backup-due.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { Secret } from "#shared/secret.ts";
import type { EtcdBackupRule } from "#shared/state/etcd-backup-rule.ts";
import { KilledCalls } from "./killed-calls.ts";
import { MemoryDisk, snapshotOf } from "./memory-disk.ts";

export const hourMs = 3_600_000;

/** A rule for one of these members: every twelve hours, three are kept. */
export function ruleOf(
  member: string,
  members: readonly string[],
  changed: Partial<EtcdBackupRule> = {},
): EtcdBackupRule {
  const everyMs = changed.everyMs ?? 12 * hourMs;
  return {
    cluster: "demo",
    host: member,
    member,
    members,
    token: "demo",
    generation: 3,
    image: "etcd:test",
    etcdctl: "/usr/local/bin/etcdctl",
    etcdutl: "/usr/local/bin/etcdutl",
    clientUrl: "https://10.0.0.1:2379",
    tls: { ca: "ca", certificate: "certificate", key: new Secret("key") },
    everyMs,
    offsetMs: offsetOf(member, members, everyMs),
    keep: 3,
    directory: "/var/lib/flexkube-backup",
    ...changed,
  };
}

export class FakeMember extends KilledCalls implements BackupHost {
  readonly disk = new MemoryDisk();
  hasDirectory = false;
  cleared = 0;
  state: MemberState = { clusterId: "c1", revision: 1, dbBytes: 4096, version: "3.5.35", isLearner: false, errors: [] };
  /** Content of what etcdctl writes from now on. */
  snapshot = (): Buffer => snapshotOf(`revision ${this.state.revision}`);
  /** Names of the calls in their order. */
  readonly calls: string[] = [];
  /** Backups that etcdutl has restored. */
  readonly restored: string[] = [];
  readonly rule: EtcdBackupRule;

  constructor(rule: EtcdBackupRule) {
    super();
    this.rule = rule;
  }

  readonly look = async (): Promise<BackupsSeen | undefined> => {
    if (!this.hasDirectory) return Promise.resolve(undefined);
    const { files } = this.disk;
    const texts = [...files].map(([name, content]) => [name, content.toString("utf8")] as const);
    const records = texts.flatMap(([name]) => {
      const record = parseBackupRecord(files.get(recordName(name))?.toString("utf8") ?? "");
      return parseBackupName(name, this.rule) === undefined || record === undefined ? [] : [[name, record] as const];
    });
    const drill = parseDrillRecord(files.get(drillName(this.rule))?.toString("utf8") ?? "");
    return Promise.resolve({
      files: this.disk.list(),
      records: new Map(records),
      drill,
      isHalfMade: isHalfMade([...files.keys()], this.rule),
      freeBytes: this.disk.free,
    });
  };

  readonly read = (backup: string): AsyncIterable<Uint8Array> => {
    const content = this.disk.content(backup);
    return (async function* () {
      yield await Promise.resolve(content);
    })();
  };

  readonly clear = async (): Promise<void> => {
    this.cleared += 1;
    return Promise.resolve();
  };

  readonly askMember = async (): Promise<MemberState> => Promise.resolve(this.state);

  readonly makeDirectory = async (): Promise<void> =>
    this.#call("makeDirectory", () => {
      this.hasDirectory = true;
    });

  readonly takeSnapshot = async (): Promise<void> =>
    this.#call("takeSnapshot", () => {
      const { taking, part } = temporaryNames(this.rule);
      const content = this.snapshot();
      this.disk.put(part, content.subarray(0, content.length / 2));
      this.disk.put(part, content);
      this.disk.rename(part, taking);
    });

  readonly keep: BackupHost["keep"] = async (order) =>
    this.#call("keep", () => {
      const { refused, isGone, damaged } = keepBackups(this.disk, order);
      if (isGone === true)
        throw new FlexkubeError("STEP_LOCKED", "another backup is under way; try again", { holder: "", since: "" });
      if (refused !== undefined || damaged.length > 0) throw failed(refused ?? `${damaged.join(", ")} is damaged`);
    });

  readonly drillRestore: BackupHost["drillRestore"] = async (backup) =>
    this.#call("drillRestore", () => {
      const { drill } = temporaryNames(this.rule);
      this.disk.put(drill, this.disk.content(backup));
      if (!this.disk.digest(drill).isWhole) throw failed("expected sha256 differs");
      this.restored.push(backup);
    });

  async #call(name: string, act: () => void): Promise<void> {
    return this.call(() => {
      this.calls.push(name);
      act();
    });
  }
}

function failed(reason: string): FlexkubeError<"STEP_FAILED"> {
  return new FlexkubeError("STEP_FAILED", "a backup was not made", { step: "test", reason });
}
