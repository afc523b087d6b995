// Manifests and charts that nobody could apply, told before they reach a host.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { manifestDocuments } from "#shared/schema/manifest-documents.ts";
import { ownValue } from "#shared/own-value.ts";

/** Problems of the section `clusterObjects`. Secrets that are not in the document are not looked at. */
export function checkClusterObjects({ clusterObjects, secrets }: HostConfig): readonly Finding[] {
  if (clusterObjects === undefined) return [];
  const { manifests, releases, helmImage } = clusterObjects;
  return [
    ...Object.entries(manifests).flatMap(([name, { content, secret }]) =>
      secret === undefined
        ? manifestProblems(content ?? "", ["clusterObjects", "manifests", name, "content"])
        : manifestProblems(ownValue(secrets, secret), ["clusterObjects", "manifests", name, "secret"]).map(unquoted),
    ),
    ...Object.entries(releases).flatMap(([name, { chart }]) =>
      isChart(ownValue(secrets, chart))
        ? []
        : [
            {
              path: ["clusterObjects", "releases", name, "chart"],
              problem: "the secret is not a packed chart in base64",
              hint: "helm package makes one; base64 makes text of it",
            },
          ],
    ),
    ...(helmImage === undefined ? Object.keys(releases) : []).map((release) => ({
      path: ["clusterObjects", "releases", release],
      at: "key" as const,
      problem: "a release needs an image of Helm",
      hint: "set helmImage",
    })),
  ];
}

function manifestProblems(text: string | undefined, path: Path): readonly Finding[] {
  if (text === undefined) return [];
  const { documents, problems } = manifestDocuments(text);
  if (documents.length === 0 && problems.length === 0) return [{ path, problem: "the manifest holds no object" }];
  return problems.map(({ line, problem }) => ({ path, problem: `line ${line}: ${problem}` }));
}

/** The parser's own words may quote the text of a secret. */
function unquoted(finding: Finding): Finding {
  return { ...finding, problem: finding.problem.replace(/(not valid YAML): .*$/s, "$1") };
}

/** gzip's first three bytes in base64; a secret that is not there is told of elsewhere. */
function isChart(text: string | undefined): boolean {
  return text === undefined || /^H4sI[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text);
}
