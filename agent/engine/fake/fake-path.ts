// Paths of the fake's file trees: absolute, with single slashes.

/** Parts of a path without empty ones and single dots. */
export function split(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

export function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

export function dirname(path: string): string {
  const parts = split(path);
  return `/${parts.slice(0, -1).join("/")}`;
}

/** True when `path` is `directory` or lies below it. */
export function within(directory: string, path: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}

const engineDirectory = "/var/lib/docker";

/** Docker wants to see unmounts in whatever holds its own directory or lies in it. */
export function holdsEngine(source: string): boolean {
  return within(source, engineDirectory) || within(engineDirectory, source);
}
