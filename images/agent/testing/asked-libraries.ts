// What an executable asks of the system that it is started on, as binutils' readelf tells it, for tests.
import { runCommand } from "#lab/run-command.ts";

export type Asked = {
  /** Path of the program that loads it. */
  readonly loader: string;
  /** Names of libraries, sorted. */
  readonly libraries: readonly string[];
  /** The newest version of each kind of symbols, such as 2.28 of GLIBC. */
  readonly newest: Readonly<Record<string, string>>;
};

export async function askedLibraries(executable: string): Promise<Asked> {
  const text = await runCommand(["readelf", "--wide", "--program-headers", "--dynamic", "--version-info", executable]);
  const needs = text.slice(text.indexOf("Version needs section"));
  const versions = [...needs.matchAll(/Name: ([A-Z]+)_([0-9.]+)/g)].map(([, kind = "", version = ""]) => ({
    kind,
    version,
  }));
  const newest: Record<string, string> = {};
  for (const { kind, version } of versions.toSorted((a, b) => compare(a.version, b.version))) newest[kind] = version;
  return {
    loader: /program interpreter: ([^\]]+)\]/.exec(text)?.[1] ?? "",
    libraries: [...text.matchAll(/\(NEEDED\).*\[([^\]]+)\]/g)].map(([, name = ""]) => name).toSorted(),
    newest,
  };
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

/** Those of glibc and of GCC, by the architecture as Node calls it: nothing of musl. */
export function systemLibraries(arch: "x64" | "arm64"): Pick<Asked, "loader" | "libraries"> {
  const loader = { x64: "/lib64/ld-linux-x86-64.so.2", arm64: "/lib/ld-linux-aarch64.so.1" }[arch];
  const libraries = ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"];
  return { loader, libraries: [loader.replace(/.*\//, ""), ...libraries].toSorted() };
}

/** What README.md and RELEASING.md say of the versions that executables ask for. */
export function toldVersions(
  readme: string,
  releasing: string,
): Readonly<Record<string, readonly (string | undefined)[]>> {
  return {
    GLIBC: [/ask for glibc ([0-9.]+) or newer/.exec(readme)?.[1], /with glibc ([0-9.]+) or newer/.exec(releasing)?.[1]],
    GLIBCXX: [/\(GLIBCXX_([0-9.]+)\)/.exec(releasing)?.[1]],
  };
}
