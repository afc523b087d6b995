// A machine whose Docker and containerd are replaced while containers run: the packages' files, without dpkg and their scripts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabHost } from "#lab/host.ts";
import { runCommand } from "#lab/run-command.ts";

const debs = fileURLToPath(new URL("../../images/debs", import.meta.url));
const packages = ["docker.io", "containerd", "runc"];

type Versions = { readonly docker: string; readonly containerd: string };

/**
 * Unpacks Docker, containerd and runc of this Debian suite over those of the machine and starts them anew, as their packages do after
 * unpacking. Settings stay. Resolves to the versions before and after, when the new dockerd answers.
 */
export async function replaceDocker(
  host: LabHost,
  suite: string,
): Promise<{ readonly older: Versions; readonly newer: Versions }> {
  const older = await versionsOf(host);
  const directory = await mkdtemp(join(tmpdir(), "flexkube-docker-"));
  try {
    const tar = join(directory, `docker-${suite}.tar`);
    const architecture = (await runCommand(["dpkg", "--print-architecture"])).trim();
    await runCommand([debs, suite, architecture, join(directory, "unpacked"), ...packages]);
    // no directories: tar would unlink those first, too
    const files = "find ./usr ! -type d -print0 | tar --null --no-recursion --files-from - -cf";
    await runCommand(["sh", "-euc", `cd "$1" && ${files} "$2"`, "sh", join(directory, "unpacked"), tar]);
    // a program that runs cannot be written to, only replaced
    await host.exec("tar", "-C", "/", "--unlink-first", "--keep-directory-symlink", "-xf", await host.lend(tar));
  } finally {
    await rm(directory, { recursive: true });
  }
  await host.exec("systemctl", "daemon-reload");
  await host.exec("systemctl", "restart", "containerd", "docker");
  await host.dockerd.answers();
  return { older, newer: await versionsOf(host) };
}

async function versionsOf(host: LabHost): Promise<Versions> {
  const [, , containerd = ""] = (await host.exec("containerd", "--version")).trim().split(" ");
  return { docker: (await host.docker("version", "--format", "{{.Server.Version}}")).trim(), containerd };
}
