// Walks a path of the host with links re-rooted at the host's `/`. It looks through a function, so that it needs no disk.

/** What is at a path, its last component not followed. */
export type Looked =
  | { readonly type: "missing" | "file" }
  /** `isGuarded`: only root can make, rename and remove names in it; unset where that cannot be seen. */
  | { readonly type: "directory"; readonly isGuarded?: boolean }
  | { readonly type: "link"; readonly target: string; readonly uid: number }
  | { readonly type: "other"; readonly what: string };

export type Resolved =
  /** `through`: the directories in which names were looked up on the way, those before links too. */
  | { readonly type: "found" | "missing"; readonly path: string; readonly through: readonly string[] }
  /** The path leads through something that is no directory, or nowhere. */
  | { readonly type: "blocked"; readonly what: string };

/** Links followed before a path counts as a loop; Linux's own limit. */
const maxLinks = 40;

/**
 * The path behind all links; for a missing one, the path it would have. `..` never leads above `/`. Whoever is about
 * to write follows `root` links only: a link that a user put in place of a directory must not lead us elsewhere. That is
 * one of his own, and any in a place that is not root's alone, where he may have moved or linked one of root's.
 */
export async function resolvePath(
  path: string,
  look: (path: string) => Looked | Promise<Looked>,
  follow: "any" | "root" = "any",
): Promise<Resolved> {
  let at = "/";
  const through = new Set<string>();
  let links = 0;
  let isOpen = false;
  /** How many of the pending names come from a link and not from `path`. */
  let linked = 0;
  const pending = segments(path);
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    const fromLink = linked > 0;
    if (fromLink) linked -= 1;
    if (name === "..") {
      at = parentOf(at);
      continue;
    }
    const candidate = below(at, name);
    through.add(at);
    const looked = await look(candidate);
    if (looked.type === "missing") {
      if (fromLink) return { type: "blocked", what: "a link that leads nowhere" };
      return { type: "missing", path: pending.reduce(below, candidate), through: [...through] };
    }
    if (looked.type === "link") {
      if (follow === "root" && looked.uid !== 0)
        return { type: "blocked", what: `below ${candidate}, a link that does not belong to root` };
      if (follow === "root" && isOpen)
        return { type: "blocked", what: `below ${candidate}, a link where others than root may have put it` };
      links += 1;
      if (links > maxLinks) return { type: "blocked", what: "a loop of links" };
      if (looked.target.startsWith("/")) at = "/";
      const target = segments(looked.target);
      linked += target.length;
      pending.unshift(...target);
      continue;
    }
    if (looked.type !== "directory" && pending.length > 0)
      return { type: "blocked", what: `below ${candidate}, which is not a directory` };
    isOpen ||= looked.type === "directory" && looked.isGuarded === false;
    at = candidate;
  }
  return { type: "found", path: at, through: [...through] };
}

/** `/a` + `b` → `/a/b`. */
export function below(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** `/a/b` → `/a`; `/` stays. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** `/a/b` → `b`. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function segments(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
