// Files of a host's containers: each path has one owner, and none lies where it must not.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import { formatPath } from "#shared/document/path.ts";
import type { FileConfig } from "#shared/schema/words/container.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";

const reserved = [
  {
    path: "/etc/kubernetes",
    why: "is kept for the components' own files",
    hint: "use a relative path, or another directory",
  },
  { path: "/var/lib/flexkube", why: "is the agent's own", hint: "choose another directory" },
  ...["/proc", "/sys", "/dev"].map((path) => ({ path, why: "is the kernel's", hint: "choose another directory" })),
];

type Owner = { readonly path: Path; readonly at: string };

/** Paths with two owners, reserved paths, a file where another one needs a directory, effects that do not fit. */
export function checkFiles(config: HostConfig): readonly Finding[] {
  const findings: Finding[] = [];
  const absolute = new Map<string, Owner>();
  for (const [name, container] of Object.entries(config.containers)) {
    const relative = new Map<string, Owner>();
    for (const [index, file] of container.files.entries()) {
      const path: Path = ["containers", name, "files", index];
      const isAbsolute = file.path.startsWith("/");
      findings.push(...checkEffect(file, path));
      findings.push(...claim(isAbsolute ? absolute : relative, file.path, [...path, "path"]));
      if (isAbsolute) findings.push(...checkReserved(file.path, [...path, "path"], config));
    }
    findings.push(...checkNesting(relative));
  }
  return [...findings, ...checkNesting(absolute)];
}

function claim(owners: Map<string, Owner>, at: string, path: Path): readonly Finding[] {
  const other = owners.get(at);
  if (other !== undefined)
    return [
      { path, problem: `${at} is already a file of ${formatPath(other.path)}`, hint: "every path has one owner" },
    ];
  owners.set(at, { path, at });
  return [];
}

function checkReserved(at: string, path: Path, config: HostConfig): readonly Finding[] {
  const hint = "choose another directory";
  const data = [
    { path: config.etcd?.dataDirectory, why: "holds etcd's data" },
    { path: config.kubelet?.dataDirectory, why: "holds the kubelet's data" },
    { path: config.kubeApiserver?.auditLogDirectory, why: "holds the audit log" },
  ];
  const places = [
    ...reserved,
    ...data.flatMap(({ path: place, why }) => (place === undefined ? [] : [{ path: place, why, hint }])),
  ];
  return places
    .filter((place) => at === place.path || at.startsWith(`${place.path}/`))
    .map((place) => ({ path, problem: `${place.path} ${place.why}`, hint: place.hint }));
}

function checkNesting(owners: ReadonlyMap<string, Owner>): readonly Finding[] {
  const findings: Finding[] = [];
  for (const owner of owners.values())
    for (const parent of parentsOf(owner.at)) {
      const above = owners.get(parent);
      if (above !== undefined)
        findings.push({
          path: owner.path,
          problem: `${parent} is a file of ${formatPath(above.path)}, so nothing can lie below it`,
        });
    }
  return findings;
}

function parentsOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments
    .slice(1)
    .map((_, index) => segments.slice(0, index + 1).join("/"))
    .filter((parent) => parent !== "");
}

function checkEffect(file: FileConfig, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  if (file.path.startsWith("/") && file.effect === "replace")
    findings.push({
      path: [...path, "effect"],
      problem: "effect replace is for relative paths only",
      hint: "use none, signal or restart",
    });
  if (file.signal !== undefined && file.effect !== "signal")
    findings.push({ path: [...path, "signal"], problem: "a signal without effect signal", hint: "set effect: signal" });
  return findings;
}
