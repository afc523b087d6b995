// What was seen of a host, as far as a plan rests on it and it stays the same while nobody changes anything: containers and files.
// Whether a container answers is no part of it: that comes and goes, and where it matters the plan is another one.
import type { DesiredState } from "#shared/state/desired.ts";
import type { ObservedContainer, ObservedPath, ObservedState } from "#shared/state/observed.ts";
import { containerPaths } from "#shared/reconcile/files/paths-in-question.ts";
import type { SeenRow } from "./saved-plan.ts";

type Wish = { readonly desired: DesiredState; readonly fallback?: DesiredState | undefined };

/** Of all that is there, sorted by what it is; the same for the same host. */
export function seenRows(wish: Wish, observed: ObservedState): readonly SeenRow[] {
  const owners = ownersOf(wish, observed);
  const paths = [...observed.paths].filter(([, { type }]) => type !== "missing");
  const rows = [
    ...observed.containers.map((container) => containerRow(container, stateOf(container))),
    ...observed.unknownContainers.map((container) => containerRow(container, "cannot be looked at")),
    ...paths.map(([path, found]) => ({
      component: owners.get(path) ?? "",
      what: `path ${path}`,
      state: pathState(found),
    })),
  ];
  return rows.toSorted((a, b) => compare(a.what, b.what) || compare(a.state, b.state));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Container = Pick<ObservedContainer, "id" | "name" | "component">;

/** Two of a component, one of which stands by, are told apart by their names. */
function containerRow({ id, name, component }: Container, state: string): SeenRow {
  return { component, what: `container ${name}`, state: `${id.slice(0, shortId)}, ${state}` };
}

/** As engines show it. */
const shortId = 12;

/** An end that is another one is another state. */
function stateOf({ state, exitCode }: ObservedContainer): string {
  return state === "exited" && exitCode !== undefined ? `exited with ${exitCode}` : state;
}

/** What is in a directory changes by itself where programs keep their data. */
function pathState(found: ObservedPath): string {
  switch (found.type) {
    case "missing":
      return "missing";
    case "file":
      return `file, ${ownerText(found)}, content ${found.digest}`;
    case "directory":
      return `directory, ${ownerText(found)}`;
    case "other":
      return found.what;
    case "unknown":
      return "cannot be looked at";
  }
}

function ownerText({ mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number }): string {
  return `mode ${mode.toString(8).padStart(4, "0")}, owner ${uid}:${gid}`;
}

/** Path → the component that it is for; the first in start order where several are. */
function ownersOf({ desired, fallback }: Wish, { ledger }: ObservedState): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const add = (path: string, component: string): void => {
    if (!owners.has(path)) owners.set(path, component);
  };
  for (const container of [...desired.containers, ...(fallback?.containers ?? [])])
    for (const path of containerPaths(container)) add(path, container.component);
  for (const [path, { component }] of Object.entries(ledger.files)) add(path, component);
  return owners;
}
