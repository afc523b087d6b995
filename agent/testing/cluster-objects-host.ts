// A host in memory whose config has objects of the cluster, for tests of what it applies.
import { tick } from "#agent/tick/tick.ts";
import type { Agent } from "#agent/tick/tick.ts";
import { printStatus } from "#agent/report/print-status.ts";
import { printStep } from "#shared/reconcile/print.ts";
import { apiSecrets } from "./api-secrets.ts";
import { createFakeHost } from "./fake-host.ts";
import type { FakeHost } from "./fake-host.ts";
import { helmImage, kubectlImage } from "./fake-tools.ts";
import { reportOfTick } from "./report-of-tick.ts";

const secrets = apiSecrets("applier");
const chart = "H4sIAAAAAAAAAw==";

export type Objects = {
  readonly generation?: number;
  readonly manifests?: Readonly<Record<string, string>>;
  readonly secretManifests?: Readonly<Record<string, string>>;
  readonly releases?: Readonly<Record<string, object>>;
};

/** A host config with one container and these objects. */
export function config({ generation, manifests = {}, secretManifests = {}, releases = {} }: Objects): string {
  return JSON.stringify({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    containers: { web: { image: "server:1", probe: { settle: "1s" } } },
    clusterObjects: {
      generation,
      api: {
        server: "https://127.0.0.1:7443",
        certificate: "kubernetes/applier.crt",
        key: "kubernetes/applier.key",
      },
      kubectlImage,
      helmImage,
      manifests: {
        ...Object.fromEntries(Object.entries(manifests).map(([name, content]) => [name, { content }] as const)),
        ...Object.fromEntries(
          Object.keys(secretManifests).map((name) => [name, { secret: `kubernetes/manifest-${name}` }] as const),
        ),
      },
      releases: Object.fromEntries(
        Object.entries(releases).map(([name, release]) => [name, { namespace: "apps", chart: "chart", ...release }]),
      ),
    },
    secrets: {
      ...secrets,
      chart,
      ...Object.fromEntries(
        Object.entries(secretManifests).map(([name, text]) => [`kubernetes/manifest-${name}`, text] as const),
      ),
    },
  });
}

/** A manifest of one ConfigMap in kube-system. */
export const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: kube-system}\ndata: {key: ${value}}\n`;
export const pathOf = (name: string): string => `/api/v1/namespaces/kube-system/configmaps/${name}`;

/** A host in memory that has been given this config. */
export function hostWith(objects: Objects): FakeHost {
  const host = createFakeHost({ "server:1": () => ({}) });
  host.give(config(objects));
  return host;
}

/** The steps of one tick, of a new agent unless it is given, that are not about the container. */
export async function stepsOf(host: FakeHost, agent?: Agent): Promise<readonly string[]> {
  const { executions } = await tick(agent ?? (await host.newAgent()), new AbortController().signal);
  return executions.flatMap(({ done, failures }) => [
    ...done.filter(({ component }) => component !== "web" && component !== "").map(printStep),
    ...failures.map(({ step, error }) => `${printStep(step)} FAILED: ${error.message}`),
  ]);
}

/** What `status` prints after another tick. */
export async function status(host: FakeHost): Promise<string> {
  return printStatus(await reportOfTick(host), { now: host.clock.now() });
}
