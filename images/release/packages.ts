// What goes into a release besides our own sources: npm packages by the files that a bundle is made of, Debian packages by their
// records.

/** A part that somebody else has written. */
export type Part = {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or undefined where only the text tells. */
  readonly licence: string | undefined;
  /** As in the package URL specification. */
  readonly purl: string;
};

/** The folders of npm packages, relative to the repository, that these files lie in; each once, in order. */
export function packageFolders(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].toSorted();
}

/** An npm package by its package.json. Throws when it has no name, version or licence. */
export function npmPart(manifest: unknown): Part {
  const { name, version, license } = Object(manifest) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof version !== "string" || typeof license !== "string")
    throw new Error(`a package.json without name, version or licence: ${JSON.stringify({ name, version, license })}`);
  const path = name.split("/").map(encodeURIComponent).join("/");
  return { name, version, licence: license, purl: `pkg:npm/${path}@${encodeURIComponent(version)}` };
}

/** A Debian package by its record, the paragraph of its control file. Throws when a field is missing. */
export function debianPart(record: string): Part {
  const field = (key: string): string => {
    const value = new RegExp(`^${key}: *(.+)$`, "m").exec(record)?.[1];
    if (value === undefined) throw new Error(`a Debian record without ${key}`);
    return value;
  };
  const [name, version, architecture] = [field("Package"), field("Version"), field("Architecture")];
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`;
  return { name, version, licence: undefined, purl };
}

/** Names of files in a package's folder that are its licence and what must go with it, in order. */
export function licenceFiles(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => /^(licen[cs]e|copying|notice|copyright)(-[\w.]+)?(\.(md|txt))?$/i.test(name))
    .toSorted();
}
