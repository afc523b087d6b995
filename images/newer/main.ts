// main.ts [--json] - `npm run newer`: what each pinned Go module and npm package has in use, and what is newer of it. Run by hand; ends
// with 0 whether something is newer or not, and with 1 when the Go module proxy or npm's registry does not answer.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tryCommand } from "#lab/run-command.ts";
import { newer, requiredVersion, tableOf, type Newer, type Pin } from "./versions.ts";

const repository = join(import.meta.dirname, "../..");
const lab = "images/lab";
const go = join(repository, lab, "go");

/** Files of the lab, and the module in each that the others there come with. */
const modules: readonly (readonly [string, string])[] = [
  ["kubernetes/go.mod", "k8s.io/kubernetes"],
  ["kubernetes-before/go.mod", "k8s.io/kubernetes"],
  ...["1.34", "1.35", "1.36", "1.37"].map(
    (minor) => [`kubernetes-documents/${minor}.mod`, "k8s.io/kubernetes"] as const,
  ),
  ...["3.5", "3.6", "3.7"].map((minor) => [`etcd-${minor}/go.mod`, "go.etcd.io/etcd/server/v3"] as const),
  ["coredns/go.mod", "github.com/coredns/coredns"],
  ["cni/go.mod", "github.com/containernetworking/plugins"],
  ["helm/go.mod", "helm.sh/helm/v4"],
];

/** What a person must do something about: no fault of the program. */
class Unanswered extends Error {
  override readonly name = "Unanswered";
}

async function pinnedModules(): Promise<readonly Pin[]> {
  return Promise.all(
    modules.map(async ([file, name]) => {
      const place = `${lab}/${file}`;
      const inUse = requiredVersion(await readFile(join(repository, place), "utf8"), name);
      if (inUse === undefined) throw new Error(`${place} requires no ${name}`);
      return { place, name, inUse };
    }),
  );
}

/** All versions that the Go module proxy has of a module. */
async function moduleVersions(module: string): Promise<readonly string[]> {
  const { exitCode, stdout } = await tryCommand([go, "list", "-m", "-versions", module], { deadlineMs: 60_000 });
  if (exitCode !== 0)
    throw new Unanswered(`the Go module proxy tells no versions of ${module}; see "go list -m -versions ${module}"`);
  return stdout.trim().split(/\s+/).slice(1);
}

async function newerModules(): Promise<readonly Newer[]> {
  const pins = await pinnedModules();
  const versions = new Map<string, readonly string[]>();
  for (const name of new Set(pins.map((pin) => pin.name))) versions.set(name, await moduleVersions(name));
  return pins.map((pin) => newer(pin, versions.get(pin.name) ?? []));
}

async function newerPackages(): Promise<readonly Newer[]> {
  const about: unknown = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
  // our own file
  const { dependencies, devDependencies, optionalDependencies } = about as Readonly<
    Record<"dependencies" | "devDependencies" | "optionalDependencies", Readonly<Record<string, string>>>
  >;
  const rows: Newer[] = [];
  for (const [name, inUse] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
    rows.push(newer({ place: "package.json", name, inUse }, await packageVersions(name)));
  return rows;
}

/** All versions that npm's registry has of a package. */
async function packageVersions(name: string): Promise<readonly string[]> {
  const command = ["npm", "view", name, "versions", "--json"];
  const { exitCode, stdout } = await tryCommand(command, { deadlineMs: 60_000 });
  if (exitCode !== 0)
    throw new Unanswered(`npm's registry tells no versions of ${name}; see "npm view ${name} versions"`);
  const versions: unknown = JSON.parse(stdout);
  return [versions].flat().filter((each) => typeof each === "string");
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
try {
  const rows = [...(await newerModules()), ...(await newerPackages())];
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
} catch (error) {
  if (!(error instanceof Unanswered)) throw error;
  process.stderr.write(`newer: ${error.message}. Is this machine offline?\n`);
  process.exitCode = 1;
}
