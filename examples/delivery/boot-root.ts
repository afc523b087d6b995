// What reads boot documents on real machines, in a root directory of its own: cloud-init, Ignition's check, systemd's, genisoimage.
import assert from "node:assert/strict";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand, tryCommand, type CommandResult } from "#lab/run-command.ts";

const maker = fileURLToPath(new URL("../../images/lab/first-boot", import.meta.url));

export type BootRoot = {
  readonly directory: string;
  /** A program of the root with namespaces of its own, so that nothing it does to a machine reaches this one. */
  readonly run: (...command: readonly string[]) => Promise<CommandResult>;
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** A copy that may be written to. */
export async function createBootRoot(): Promise<BootRoot> {
  const made = (await runCommand([maker])).trim();
  const directory = await mkdtemp(join(tmpdir(), "flexkube-first-boot-"));
  await cp(made, directory, { recursive: true, verbatimSymlinks: true });
  await runCommand(["mknod", "-m", "666", join(directory, "dev/null"), "c", "1", "3"]);
  const namespaces = ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "chroot", directory];
  return {
    directory,
    run: async (...command) =>
      tryCommand([...namespaces, "/bin/sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh", ...command]),
    write: async (path, content) => {
      await mkdir(join(directory, path, ".."), { recursive: true });
      await writeFile(join(directory, path), content);
    },
    remove: async () => rm(directory, { recursive: true, force: true }),
  };
}

/** Modules of cloud-init that our documents are for, with the runner of runcmd's script. */
const modules = ["bootcmd", "write-files", "runcmd", "scripts-user"];

/**
 * Lets cloud-init boot from the seed that lies in /var/lib/cloud/seed/nocloud, with its own order of modules but only those that concern
 * us: others would want a whole system. What it asks of systemctl is in /systemctl.log.
 */
export async function bootFromSeed({ directory, run, write }: BootRoot): Promise<readonly CommandResult[]> {
  const config = join(directory, "etc/cloud/cloud.cfg");
  const lines = (await readFile(config, "utf8")).split("\n");
  const kept = lines.filter((line) => !/^ - [a-z-]+$/.test(line) || modules.includes(line.slice(3)));
  await writeFile(config, kept.join("\n"));
  const own = "network: {config: disabled}\ndatasource_list: [NoCloud]\ndatasource: {NoCloud: {fs_label: null}}\n";
  await write("etc/cloud/cloud.cfg.d/99-test.cfg", own);
  await write("usr/local/bin/systemctl", '#!/bin/sh\necho "$@" >>/systemctl.log\n');
  await runCommand(["chmod", "755", join(directory, "usr/local/bin/systemctl")]);
  await appendFile(join(directory, "systemctl.log"), "");
  const results: CommandResult[] = [];
  for (const stage of ["init --local", "init", "modules --mode config", "modules --mode final"])
    results.push(await run("env", "PATH=/usr/local/bin:/usr/bin:/bin", "cloud-init", ...stage.split(" ")));
  return results;
}

/** That all went well: private directories, the very bytes with mode 0600, and the unit, which was started. */
export async function assertBooted(
  { directory }: BootRoot,
  stages: readonly CommandResult[],
  { config, unit }: { readonly config: Buffer; readonly unit: Buffer },
): Promise<void> {
  const at = (path: string): string => join(directory, path);
  const modeOf = async (path: string): Promise<number> => (await stat(at(path))).mode & 0o7777;
  for (const { exitCode, stdout, stderr } of stages) assert.equal(exitCode, 0, stdout + stderr);
  assert.equal((await readFile(at("etc/flexkube/host.yaml"))).equals(config), true);
  assert.deepEqual(
    [await modeOf("etc/flexkube"), await modeOf("var/lib/flexkube"), await modeOf("etc/flexkube/host.yaml")],
    [0o700, 0o700, 0o600],
  );
  assert.deepEqual(await readFile(at("etc/systemd/system/flexkube-agent.service")), unit);
  assert.equal(
    await readFile(at("systemctl.log"), "utf8"),
    "daemon-reload\nenable --now --no-block flexkube-agent.service\n",
  );
}
