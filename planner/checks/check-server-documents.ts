// What an API server's documents must be beyond their fields: it ends at once where two issuers are one, where one of them is its own,
// and where a file is named that its container has not; a plug-in that is there twice is read once.
import type { Finding } from "#shared/document/finding.ts";
import type { Path } from "#shared/document/path.ts";
import type { Cluster } from "#planner/cluster/cluster.ts";
import { programLayers } from "#planner/cluster/kubernetes/program-layers.ts";
import { isMap } from "#planner/upstream/document-table.ts";
import { ownValue } from "#shared/own-value.ts";

type Entry = { readonly path: Path; readonly value: unknown };

export function checkServerDocuments({ config, kubernetes }: Cluster): readonly Finding[] {
  if (kubernetes === undefined) return [];
  const layers = programLayers(config).filter(({ program }) => program === "apiserver");
  const isOwnImage = layers.some(({ image }) => image !== undefined);
  return layers.flatMap(({ path, admission, authentication }) => {
    const issuers = listOf(authentication, "jwt", [...path, "authentication"]).map(({ value, path: at }): Entry => ({
      value: fieldOf(value, "issuer"),
      path: [...at, "issuer"],
    }));
    const plugins = listOf(admission, "plugins", [...path, "admission"]);
    return [
      ...twice(issuers, "url", "an API server takes each issuer once"),
      ...twice(issuers, "discoveryURL", "an API server takes each issuer once"),
      ...issuers.flatMap((entry) => ownIssuer(entry, kubernetes.issuer)),
      ...twice(plugins, "name", "the second would not be read: put both configurations into one"),
      ...(isOwnImage ? [] : plugins.flatMap(filesOf)),
    ];
  });
}

function listOf(document: object | undefined, field: string, path: Path): readonly Entry[] {
  const list: unknown = fieldOf(document, field);
  return Array.isArray(list) ? list.map((value: unknown, index) => ({ value, path: [...path, field, index] })) : [];
}

function fieldOf(value: unknown, field: string): unknown {
  return isMap(value) ? ownValue(value, field) : undefined;
}

function twice(entries: readonly Entry[], field: string, hint: string): readonly Finding[] {
  const seen = new Set<unknown>();
  return entries.flatMap(({ value, path }): readonly Finding[] => {
    const word = fieldOf(value, field);
    if (typeof word !== "string" || word === "" || seen.size !== seen.add(word).size) return [];
    return [{ path: [...path, field], problem: `${JSON.stringify(word)} is there twice`, hint }];
  });
}

function ownIssuer({ value, path }: Entry, own: string): readonly Finding[] {
  return fieldOf(value, "url") === own
    ? [
        {
          path: [...path, "url"],
          problem: `${own} is the issuer of this cluster's own service accounts`,
          hint: "remove it",
        },
      ]
    : [];
}

/** Files that flexkube brings into no container. */
function filesOf({ value, path }: Entry): readonly Finding[] {
  const configuration = fieldOf(value, "configuration");
  const named: readonly (readonly [Path, unknown])[] = [
    [["path"], fieldOf(value, "path")],
    [["configuration", "kubeConfigFile"], fieldOf(configuration, "kubeConfigFile")],
    [
      ["configuration", "imagePolicy", "kubeConfigFile"],
      fieldOf(fieldOf(configuration, "imagePolicy"), "kubeConfigFile"),
    ],
  ];
  return named.flatMap(([at, file]): readonly Finding[] =>
    typeof file === "string" && file !== ""
      ? [
          {
            path: [...path, ...at],
            problem: `flexkube brings no ${file} into the container, and the API server ends without it`,
            hint:
              at[0] === "path" ? "write what is in it under configuration" : "name an image of your own that has it",
          },
        ]
      : [],
  );
}
