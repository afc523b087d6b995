// Documents of Kubernetes in the cluster config: kind, version, fields, types and words, each fault at its place.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

function cluster({ control = "", kubelet = "", proxy = "" }): string {
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 } }
kubernetes: { version: 1.36.3 }
etcd: { hosts: h1 }
controlPlane: { hosts: h1 ${control} }
kubelets: { all: { hosts: all ${kubelet} } }
network: { proxy: { enabled: true ${proxy} } }
`;
}

async function said(config: string): Promise<string> {
  const { code, stderr } = await fakeMachine(config).run("validate");
  return `${code} ${stderr}`;
}

const audit = (policy: string): string => cluster({ control: `, audit: { policy: ${policy} }` });
const issuer = (url: string): string =>
  `{ issuer: { url: '${url}', audiences: [a] }, claimMappings: { username: { claim: sub, prefix: '' } } }`;
const server = (fields: string): string => cluster({ control: `, apiserver: { ${fields} }` });
const scheduler = (config: string): string => cluster({ control: `, scheduler: { config: ${config} }` });
const kubelet = (config: string): string => cluster({ kubelet: `, config: ${config}` });

describe("documents", () => {
  const rules = "rules: [{ level: Metadata }]";
  const refused: readonly (readonly [string, RegExp])[] = [
    [audit("{}"), /audit\.policy: a policy without rules/],
    [audit(`{ kind: Nonsense, ${rules} }`), /audit\.policy\.kind: .* \(write kind: Policy\)/],
    [audit(`{ apiVersion: audit.k8s.io/v1beta1, ${rules} }`), /\(write apiVersion: audit\.k8s\.io\/v1\)/],
    [audit(`{ ${rules}, omitStage: [] }`), /omitStage: unknown field \(did you mean omitStages\?\)/],
    [audit("{ rules: [{ level: Metdata }] }"), /rules\[0\]\.level: .*did you mean Metadata\?/],
    [audit("{ rules: [{ users: [a] }] }"), /a rule without a level/],
    [audit("{ rules: {} }"), /rules: expected a list/],
    [server("admission: { kind: Foo }"), /admission\.kind/],
    [
      server("admission: { plugins: [{ name: PodSecurity, configuration: { defaults: {} } }] }"),
      /apiVersion is missing/,
    ],
    [server("admission: { plugins: [{ name: PodSecurty }] }"), /did you mean PodSecurity\?/],
    [
      server(
        "admission: { plugins: [{ name: EventRateLimit, configuration: { apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration } }] }",
      ),
      /limits is missing/,
    ],
    [audit("{ rules: [{ level: None, resources: [{ resourceNames: [a] }] }] }"), /resourceNames need resources/],
    [audit("{ rules: [{ level: None, namespaces: [a], nonResourceURLs: [/a] }] }"), /exclude resources/],
    [server("authentication: { jwt: [{}] }"), /issuer is missing/],
    [
      server("authentication: { jwt: [{ issuer: { url: 'https://a.example.org', audiences: [a] } }] }"),
      /claimMappings is missing/,
    ],
    [server("authentication: { kind: Foo }"), /authentication\.kind/],
    [server("authentication: { jwt: [{ issuer: { uri: a } }] }"), /issuer\.uri: unknown field/],
    [scheduler("{ parallelism: many }"), /parallelism: expected a whole number, found the text "many"\n/],
    [scheduler("{ profiles: [{ pluginConfig: [{ name: NodeAffinity, args: { a: 1 } }] }] }"), /args\.a: unknown field/],
    [kubelet("{ kind: Foo, apiVersion: v1 }"), /config\.kind/],
    [kubelet("{ maxPod: 60 }"), /did you mean maxPods\?/],
    [kubelet("{ maxPods: '60' }"), /maxPods: expected a whole number, found the text "60" \(remove the quotes\)/],
    [kubelet("{ maxPods: 1_000 }"), /found the text "1_000" \(write its digits/],
    [kubelet("{ maxPods: .inf }"), /config\.maxPods: expected a finite number, found \.inf\n/],
    [kubelet("{ maxPods: 1.50 }"), /config\.maxPods: expected a whole number, found 1\.5\n/],
    [kubelet("{ syncFrequency: 60 }"), /expected a duration/],
    [kubelet("{ kubeReserved: { cpu: 1 } }"), /kubeReserved\.cpu: expected text/],
    [cluster({ proxy: ", config: { conntrack: { maxPerCore: a } }" }), /maxPerCore: expected a whole number/],
    [kubelet("{ maxPods: -1 }"), /config\.maxPods: -1 is out of range \(0 or more\)/],
    [kubelet("{ maxPods: 99999999999 }"), /maxPods: 99999999999 is out of range/],
    [kubelet("{ readOnlyPort: 65536 }"), /readOnlyPort: 65536 is out of range \(from 0 to 65535\)/],
    [kubelet("{ evictionHard: { memory.available: 120% } }"), /"120%" is more than all/],
    [kubelet("{ evictionHard: { memory.free: 1Gi } }"), /"memory\.free" is not one of/],
    [kubelet("{ evictionSoft: { memory.available: 1Gi } }"), /it has no evictionSoftGracePeriod/],
    [kubelet("{ kubeReserved: { gpu: '1' } }"), /"gpu" is not one of cpu/],
    [kubelet("{ imageGCHighThresholdPercent: 101 }"), /from 0 to 100/],
    [kubelet("{ imageGCHighThresholdPercent: 70 }"), /low threshold of 80 is not below the high one of 70/],
    [kubelet("{ syncFrequency: -1s }"), /"-1s" is too short/],
    [kubelet("{ containerLogMaxSize: many }"), /"many" is no quantity/],
    [kubelet("{ featureGates: { NoSuchGate: true } }"), /1\.36 has no feature gate "NoSuchGate"/],
    [kubelet("{ featureGates: { APIServerTracing: false } }"), /APIServerTracing is locked to true/],
    [kubelet("{ featureGates: { GangScheduling: true } }"), /GangScheduling needs GenericWorkload/],
    [kubelet("{ tlsCipherSuites: [TLS_A] }"), /"TLS_A" is not one of/],
    [kubelet("{ enforceNodeAllocatable: [pods, pods] }"), /enforceNodeAllocatable\[1\]: "pods" is there twice/],
    [kubelet("{ enforceNodeAllocatable: [system-reserved] }"), /system-reserved needs systemReservedCgroup/],
    [kubelet("{ shutdownGracePeriodCriticalPods: 10s }"), /longer than shutdownGracePeriod/],
    [kubelet("{ crashLoopBackOff: { maxContainerRestartPeriod: 600s } }"), /"600s" is too long/],
    [kubelet("{ logging: { format: xml } }"), /"xml" is not one of text, json/],
    [scheduler("{ parallelism: 0 }"), /parallelism: 0 is out of range/],
    [scheduler("{ percentageOfNodesToScore: 101 }"), /from 0 to 100/],
    [scheduler("{ podInitialBackoffSeconds: 60 }"), /podMaxBackoffSeconds is less than/],
    [scheduler("{ profiles: [{ schedulerName: a }, { schedulerName: a }] }"), /another profile has the same/],
    [
      scheduler("{ profiles: [{ plugins: { score: { enabled: [{ name: NodeResourceFit }] } } }] }"),
      /enabled\[0\]\.name: kube-scheduler 1\.36 has no plug-in "NodeResourceFit" \(did you mean NodeResourcesFit\?\)/,
    ],
    [
      scheduler("{ profiles: [{ plugins: { multiPoint: { enabled: [{ name: constructor }] } } }] }"),
      /no plug-in "constructor"/,
    ],
    [
      scheduler("{ profiles: [{ plugins: { permit: { enabled: [{ name: DeferredPodScheduling }] } } }] }"),
      /of Kubernetes 1\.37 or newer/,
    ],
    [scheduler("{ leaderElection: { leaseDuration: 5s } }"), /leaseDuration is not longer than renewDeadline/],
    [cluster({ proxy: ", config: { metricsBindAddress: '127.0.0.1:0' }" }), /no address with a port/],
    [cluster({ proxy: ", config: { nodePortAddresses: [10.0.0.0] }" }), /"10\.0\.0\.0" is no network/],
    [cluster({ proxy: ", config: { iptables: { syncPeriod: 500ms } }" }), /minSyncPeriod is longer/],
    [audit("{ rules: [{ level: None, nonResourceURLs: [healthz] }] }"), /"healthz" is not valid here/],
    [audit("{ rules: [{ level: None, resources: [{ group: apps/v1 }] }] }"), /group without its version/],
    [
      server("authentication: { jwt: [{ issuer: { url: 'http://a.example.org', audiences: [a] } }] }"),
      /no URL of an issuer/,
    ],
    [
      server(`authentication: { jwt: [${issuer("https://a.example.org")}, ${issuer("https://a.example.org")}] }`),
      /jwt\[1\]\.issuer\.url: "https:\/\/a\.example\.org" is there twice/,
    ],
    [
      server(`authentication: { jwt: [${issuer("https://kubernetes.default.svc.cluster.local")}] }`),
      /jwt\[0\]\.issuer\.url: .* is the issuer of this cluster's own service accounts/,
    ],
    [
      server("admission: { plugins: [{ name: PodNodeSelector, path: /etc/a.yaml }] }"),
      /plugins\[0\]\.path: flexkube brings no \/etc\/a\.yaml into the container/,
    ],
    [
      server(
        "admission: { plugins: [{ name: ImagePolicyWebhook, configuration: { imagePolicy: { kubeConfigFile: /a } } }] }",
      ),
      /imagePolicy\.kubeConfigFile: flexkube brings no \/a into/,
    ],
    [
      server(
        "admission: { plugins: [{ name: PodNodeSelector, configuration: {} }, { name: PodNodeSelector, configuration: {} }] }",
      ),
      /plugins\[1\]\.name: "PodNodeSelector" is there twice/,
    ],
  ];
  for (const [config, message] of refused)
    test(`${message.source} is told with its place`, async () => {
      const text = await said(config);

      assert.match(text, /^65 cluster\.yaml:[789]:\d+: /);
      assert.match(text, message);
    });

  const taken = [
    server(`authentication: { jwt: [${issuer("https://a.example.org")}, ${issuer("https://b.example.org")}] }`),
    server(
      "image: r.example.org/apiserver:v1.36.3, admission: { plugins: [{ name: PodNodeSelector, path: /etc/a.yaml }] }",
    ),
    audit(`{ apiVersion: audit.k8s.io/v1, kind: Policy, ${rules} }`),
    server(
      "authentication: { jwt: [{ issuer: { url: 'https://a.example.org', audiences: [a] }, claimMappings: { username: { claim: sub, prefix: '' } } }] }",
    ),
    scheduler(
      "{ parallelism: 8, profiles: [{ pluginConfig: [{ name: NodeAffinity, args: { addedAffinity: {} } }] }] }",
    ),
    kubelet(
      "{ maxPods: 60, kubeReserved: { cpu: 200m }, evictionHard: { memory.available: 100Mi }, syncFrequency: 1m }",
    ),
    cluster({ proxy: ", config: { metricsBindAddress: '127.0.0.1:10249' }" }),
    kubelet("{ podPidsLimit: -1, evictionMaxPodGracePeriod: -1, oomScoreAdj: -500, nodeStatusMaxImages: -1 }"),
    kubelet("{ evictionSoft: { nodefs.available: 10% }, evictionSoftGracePeriod: { nodefs.available: 1m } }"),
    kubelet("{ imageGCHighThresholdPercent: 60, imageGCLowThresholdPercent: 50, featureGates: { AllAlpha: false } }"),
  ];
  for (const [index, config] of taken.entries())
    test(`what a program reads is taken without a word (${index})`, async () => {
      assert.equal(await said(config), "0 ");
    });

  test("an audit policy gets its kind and version, and that is told", async () => {
    const machine = fakeMachine(audit(`{ ${rules} }`));

    const { code, stderr } = await machine.run("split");

    assert.equal(code, 0, stderr);
    assert.match(stderr, /audit\.k8s\.io\/v1 Policy is taken/);
    assert.deepEqual(machine.hosts()["h1"]?.kubeApiserver?.auditPolicy, {
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      rules: [{ level: "Metadata" }],
    });
  });
});
