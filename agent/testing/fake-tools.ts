// kubectl and Helm for the fake engine: what they do to the fake Kubernetes API.
import { parseAllDocuments } from "yaml";
import type { FakeOutcome, FakeRun } from "#agent/engine/fake/fake-program.ts";
import { textAt } from "#shared/json-fields.ts";
import type { Json } from "./fake-fields.ts";
import type { FakeKubernetes } from "./fake-kubernetes.ts";

export const kubectlImage = "kubectl:test";
export const helmImage = "helm:test";
/** How long the fake Helm works. */
export const helmMs = 5000;

/** `kubectl apply --server-side`: each document, and exit code 1 when one of them fails. */
export function fakeKubectl(kubernetes: FakeKubernetes): (run: FakeRun) => FakeOutcome {
  return ({ command, files, log }) => {
    const text = Buffer.from(files.read(command[command.indexOf("-f") + 1] ?? "")).toString("utf8");
    let exitCode = 0;
    const documents = parseAllDocuments(text);
    for (const document of Array.isArray(documents) ? documents : []) {
      // test manifests hold objects
      const object = document.toJS() as Json;
      const problem = textAt(object, "invalid") || tryTo(() => kubernetes.apply("flexkube", object));
      if (problem === undefined) continue;
      log(`error: ${problem}`);
      exitCode = 1;
    }
    return { endsAfterMs: 100, exitCode };
  };
}

/** `helm upgrade --install` and `helm uninstall`; values `{fail: true}` make it fail. */
export function fakeHelm(kubernetes: FakeKubernetes): (run: FakeRun) => FakeOutcome {
  return ({ command, files, log, step }) => {
    const namespace = command.find((word) => word.startsWith("--namespace="))?.slice("--namespace=".length) ?? "";
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    step(command.slice(1, 4).join(" "));
    if (command[1] === "uninstall") {
      for (const path of kubernetes.paths)
        if (path.startsWith(`${secrets}/sh.helm.release.v1.${command[2]}.v`)) kubernetes.remove(path);
      return { endsAfterMs: helmMs };
    }
    const name = command[3] ?? "";
    const values: unknown = JSON.parse(Buffer.from(files.read("/flexkube/values.json")).toString("utf8"));
    const fails = typeof values === "object" && values !== null && "fail" in values;
    const prefix = `${secrets}/sh.helm.release.v1.${name}.v`;
    const version = kubernetes.paths.filter((path) => path.startsWith(prefix)).length + 1;
    const labels = { owner: "helm", name, version: String(version), status: fails ? "failed" : "deployed" };
    kubernetes.edit(`${prefix}${version}`, { metadata: { labels } });
    if (fails) log("Error: INSTALLATION FAILED: a hook did not succeed");
    return { endsAfterMs: helmMs, exitCode: fails ? 1 : 0 };
  };
}

function tryTo(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "FakeCrash") throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
