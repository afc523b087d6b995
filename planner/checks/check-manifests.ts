// Manifests and charts of the user: what no API server would take is told before it travels.
import { parseAllDocuments } from "yaml";
import type { Finding, Path } from "#shared/schema/finding.ts";
import type { Cluster } from "../cluster.ts";
import { chartInput } from "../components/kubernetes/cluster-objects.ts";
import { chartProblem } from "../kubernetes/packed-chart.ts";

/** Names travel with a prefix in front. */
const longestName = 58;

/** Nothing is said of files that could not be read: `checkInputs` does. */
export function checkManifests({ config, inputs }: Cluster): readonly Finding[] {
  return [
    ...Object.entries(config.manifests).flatMap(([name, { content, file, secret }]) => {
      const text = content ?? inputs.get(file ?? "");
      const path = ["manifests", name, content === undefined ? "file" : "content"];
      return [...checkName(["manifests", name], name), ...(text === undefined ? [] : checkText(text, path, secret))];
    }),
    ...Object.entries(config.helmReleases).flatMap(([name, { chart }]) => {
      const text = inputs.get(chartInput(chart));
      const problem = text === undefined ? undefined : chartProblem(Buffer.from(text, "base64"));
      return [
        ...checkName(["helmReleases", name], name),
        ...(problem === undefined ? [] : [{ path: ["helmReleases", name, "chart"], problem: `${chart} ${problem}` }]),
      ];
    }),
  ];
}

function checkName(path: Path, name: string): readonly Finding[] {
  return name.length <= longestName
    ? []
    : [{ path, at: "key", problem: `the name is longer than ${longestName} characters` }];
}

/** The parser's own words may quote the text, so a secret one is told of without them. */
function checkText(text: string, path: Path, isSecret: boolean): readonly Finding[] {
  const documents = parseAllDocuments(text, { version: "1.2", prettyErrors: false });
  if (!Array.isArray(documents)) return [{ path, problem: "there is no object in it" }];
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined)
    return [{ path, problem: isSecret ? "it is not YAML" : `it is not YAML: ${broken.message}` }];
  const objects = documents
    .map((document) => {
      const data: unknown = document.toJS();
      return data;
    })
    .filter((object) => object !== null);
  if (objects.length === 0) return [{ path, problem: "there is no object in it" }];
  return objects.flatMap((object, index): readonly Finding[] => {
    const missing = ["apiVersion", "kind"].filter((field) => !hasText(object, field));
    return missing.length === 0
      ? []
      : [{ path, problem: `object ${index + 1} of ${objects.length} has no ${missing.join(" and no ")}` }];
  });
}

function hasText(object: unknown, field: string): boolean {
  if (typeof object !== "object" || object === null) return false;
  const value: unknown = Object.entries(object).find(([key]) => key === field)?.[1];
  return typeof value === "string" && value !== "";
}
