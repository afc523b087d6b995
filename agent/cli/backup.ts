// `backup`: what the loop does about backups of etcd, by hand.
import { createHash } from "node:crypto";
import { judged, takeBackup, drillBackups } from "#agent/backup/make-backup.ts";
import type { Making } from "#agent/backup/make-backup.ts";
import { rowsText } from "#shared/printable.ts";
import { exitCodes, FlexkubeError } from "#shared/errors.ts";
import { outputVersion } from "#shared/output/pieces.ts";
import type { BackupOutput } from "#agent/output/backup-output.ts";
import type { Backup } from "#shared/backup/judge-backups.ts";
import { buildAgent } from "./build-agent.ts";
import type { Built } from "./build-agent.ts";
import type { Environment } from "./environment.ts";
import type { Options } from "./options.ts";

type Print = Pick<Environment, "print" | "writeBytes">;

/** Exit code 0; 73 for files that are damaged or cannot be read; else as the error says. */
export async function backupCommand(options: Options, environment: Environment): Promise<number> {
  const { agent, backupHost, close } = await buildAgent(options, environment, "look");
  try {
    const { desired } = await agent.load(environment.signal);
    return await runBackup(desired.etcdBackup, options, { ...environment, backupHost });
  } finally {
    close();
  }
}

/** The command on a host whose config in force has this rule. Throws CONFIG_UNREADABLE where it has none. */
export async function runBackup(
  rule: Making["rule"] | undefined,
  { config, backup, json, lockTimeoutMs }: Pick<Options, "config" | "backup" | "json" | "lockTimeoutMs">,
  {
    backupHost,
    clock,
    signal,
    print,
    writeBytes,
  }: Print & Pick<Environment, "clock" | "signal"> & Pick<Built, "backupHost">,
): Promise<number> {
  if (rule === undefined)
    throw new FlexkubeError("CONFIG_UNREADABLE", "the host config in force asks for no backups", {
      file: config,
      reason: "it has no etcd.backup: say etcd.backup in the cluster config, split and deliver",
    });
  const making = { host: backupHost(rule, lockTimeoutMs), rule, clock, signal };
  switch (backup?.action) {
    case "take":
      await takeBackup(making);
      return list(making, { json, print, isFirstOnly: true });
    case "check":
      await drillBackups(making);
      return list(making, { json, print });
    case "get":
      return get(making, backup.name, writeBytes);
    default:
      return list(making, { json, print });
  }
}

async function list(
  { host, rule, signal }: Making,
  {
    json,
    print,
    isFirstOnly = false,
  }: Pick<Print, "print"> & { readonly json: boolean; readonly isFirstOnly?: boolean },
): Promise<number> {
  const { good, damaged } = judged(await host.look(signal), rule);
  const shown = isFirstOnly ? good.slice(0, 1) : good;
  const { directory } = rule;
  const output: BackupOutput = { version: outputVersion, directory, backups: shown.map(publicOf), damaged };
  if (json) print(`${JSON.stringify(output)}\n`);
  else print(rowsText([...shown.map(lineOf), ...damaged.map((name) => `${name}: damaged`)]));
  return damaged.length > 0 && !isFirstOnly ? exitCodes.files : exitCodes.ok;
}

function publicOf({ name, record }: Backup): BackupOutput["backups"][number] {
  return { name, ...record };
}

function lineOf({ name, bytes, record }: Backup): string {
  return `${name}  ${bytes}  ${record.sha256}`;
}

/** Nothing is known to be whole before it was read, and then it has been written: the exit code tells. */
async function get(
  { host, rule, signal }: Making,
  name: string | undefined,
  writeBytes: Print["writeBytes"],
): Promise<number> {
  const { good } = judged(await host.look(signal), rule);
  const wanted = name === undefined ? good[0] : good.find((backup) => backup.name === name);
  if (wanted === undefined)
    throw new FlexkubeError("FILES_UNREADABLE", "there is no such backup", {
      path: `${rule.directory}/${name ?? ""}`,
      reason: good.length === 0 ? "there is none yet" : `there are ${good.map((one) => one.name).join(", ")}`,
    });
  const hash = createHash("sha256");
  for await (const bytes of host.read(wanted.name, signal)) {
    hash.update(bytes);
    await writeBytes(bytes);
  }
  if (hash.digest("hex") === wanted.record.sha256) return exitCodes.ok;
  throw new FlexkubeError("FILES_UNREADABLE", "the backup is damaged: do not use what was written", {
    path: `${rule.directory}/${wanted.name}`,
    reason: "its SHA-256 is not that of its record; `flexkube-agent backup check` reads the others",
  });
}
