// What a release was made of and how, as an in-toto statement with SLSA's provenance predicate, version 1. It is not signed: whoever
// publishes it signs it, and whoever doubts it builds the same bytes.

export type Made = {
  /** Names of the files beside it, with their SHA-256 in hex. */
  readonly files: Readonly<Record<string, string>>;
  readonly version: string;
  readonly commit: string;
  /** Undefined for a trial that no tag names. */
  readonly tag: string | undefined;
  /** What was downloaded: package URL and digests by algorithm, as in an in-toto resource descriptor. */
  readonly dependencies: readonly {
    readonly uri: string;
    readonly digest?: Readonly<Record<string, string>>;
  }[];
  /** Programs of the machine that have a say in the bytes, with their versions. */
  readonly tools: Readonly<Record<string, string>>;
};

export function provenance({ files, version, commit, tag, dependencies, tools }: Made): string {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: Object.entries(files)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, sha256]) => ({ name, digest: { sha256 } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:flexkube:release:1",
        externalParameters: { version, ...(tag === undefined ? {} : { tag }) },
        internalParameters: { tools },
        resolvedDependencies: [
          { uri: `git+flexkube${tag === undefined ? "" : `@refs/tags/${tag}`}`, digest: { gitCommit: commit } },
          ...dependencies.toSorted((one, other) => (one.uri < other.uri ? -1 : 1)),
        ],
      },
      runDetails: { builder: { id: "urn:flexkube:npm-run-release" } },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}
