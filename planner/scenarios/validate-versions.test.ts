// Flags, fields, gates and plug-ins are judged by the version of the program that gets them, not by the cluster's alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

function cluster({ version = "1.36.3", control = "", kubelet = "" }): string {
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 } }
kubernetes: { version: ${version} }
etcd: { hosts: h1 }
controlPlane: { hosts: h1 ${control} }
kubelets: { all: { hosts: all ${kubelet} } }
`;
}

async function said(config: string): Promise<string> {
  const { code, stderr } = await fakeMachine(config).run("validate");
  return `${code} ${stderr}`;
}

const old = "image: quay.io/poseidon/kubelet:v1.34.1";
const gone = "ComponentSLIs";
const young = "CRIListStreaming";

test("a pool of an older version is judged by it", async () => {
  const ofPool = (fields: string): Promise<string> => said(cluster({ kubelet: `, ${old}, ${fields}` }));

  assert.match(await ofPool(`args: { feature-gates: ${young}=true }`), /^65 .*Kubernetes 1\.34 has no feature gate/);
  assert.match(
    await ofPool(`config: { featureGates: { ${young}: true } }`),
    /^65 .*Kubernetes 1\.34 has no feature gate/,
  );
  assert.match(await ofPool(`config: { featureGates: { ${gone}: true } }`), /^0 /);
  assert.match(await said(cluster({ kubelet: `, config: { featureGates: { ${gone}: true } }` })), /^65 .*1\.36 has no/);
});

test("a pool of which one host has another version is judged by both, and an override by its own", async () => {
  const both = (fields: string, override = ""): Promise<string> =>
    said(cluster({ kubelet: `, ${fields} overrides: { h2: { ${old}${override} } }` }));

  for (const gate of [young, gone])
    assert.match(
      await both(`config: { featureGates: { ${gate}: true } },`),
      /^65 [^\n]*has no feature gate[^\n]*\n(?![^]*no feature gate)/,
    );
  assert.match(await both("", `, config: { featureGates: { ${gone}: true } }`), /^0 /);
  assert.match(await both("", `, config: { featureGates: { ${young}: true } }`), /^65 .*overrides\.h2\.config/);
});

for (const [version, control, expected] of [
  ["1.34.1", "apiserver: { args: { enable-admission-plugins: PodGroupProtection } }", /^65 .*there since 1\.36/],
  ["1.37.1", "apiserver: { args: { enable-admission-plugins: JobValidation } }", /^65 .*1\.36 was the last/],
  ["1.36.3", "apiserver: { args: { enable-admission-plugins: JobValidation } }", /^0 /],
  ["1.35.4", "apiserver: { admission: { plugins: [{ name: PodResizeValidator, path: x }] } }", /^65 .*since 1\.36/],
  ["1.35.4", "apiserver: { args: { tls-curve-preferences: '29' } }", /^65 .*since 1\.36/],
  ["1.37.1", "apiserver: { args: { tls-curve-preferences: '29' } }", /^0 /],
  ["1.34.1", "controllerManager: { args: { min-compatibility-version: kube=1.33 } }", /^65 .*since 1\.35/],
  ["1.35.4", "controllerManager: { args: { concurrent-resourceclaim-syncs: '5' } }", /^65 .*since 1\.36/],
  ["1.37.1", "controllerManager: { args: { concurrent-disruption-syncs: '5' } }", /^0 (?!.*has no flag)/],
  ["1.37.1", "controllerManager: { args: { concurrent-disruption-syncs: many } }", /^65 .*is no value/],
  ["1.36.3", "controllerManager: { args: { concurrent-disruption-syncs: '5' } }", /^65 .*since 1\.37/],
  ["1.36.3", "controllerManager: { args: { concurrent-service-syncs: '5' } }", /^0 /],
  ["1.37.2", "controllerManager: { args: { concurrent-service-syncs: '5' } }", /^65 .*no flag .* in Kubernetes 1\.37/],
  ["1.38.0", "controllerManager: { args: { concurrent-eviction-request-syncs: '5' } }", /^0 (?!.*has no flag)/],
  ["1.38.0", "controllerManager: { args: { controllers: '*,-evictionrequest-controller' } }", /^0 /],
  ["1.37.2", "controllerManager: { args: { controllers: '*,-evictionrequest-controller' } }", /^65 .*since 1\.38/],
  ["1.38.0", "apiserver: { args: { enable-endpoint-load-metrics: 'true' } }", /^0 (?!.*has no flag)/],
  ["1.37.2", "apiserver: { args: { enable-endpoint-load-metrics: 'true' } }", /^65 .*since 1\.38/],
  ["1.38.0", "scheduler: { args: { feature-gates: AllocatorPoolBufferCap=false } }", /^0 /],
  ["1.37.2", "scheduler: { args: { feature-gates: AllocatorPoolBufferCap=false } }", /^65 .*1\.37 has no/],
  ["1.38.0", "scheduler: { args: { feature-gates: ExecProbeTimeout=true } }", /^65 .*1\.38 has no/],
  ["1.37.2", "apiserver: { args: { enable-admission-plugins: AuthorizationConditionsEnforcer } }", /^65 .*since 1\.38/],
  ["1.35.4", "controllerManager: { args: { controllers: '*,-podgroup-protection-controller' } }", /^65 .*since 1\.36/],
  ["1.36.3", "controllerManager: { args: { controllers: '*,-podgroup-protection-controller' } }", /^0 /],
] as const)
  test(`in 1.${version.slice(2, 4)}: ${control}`, async () => {
    assert.match(await said(cluster({ version, control: `, ${control}` })), expected);
  });

test("an API server of an older image is judged by it", async () => {
  const control =
    ", apiserver: { image: registry.k8s.io/kube-apiserver:v1.37.1, args: { enable-admission-plugins: JobValidation } }";

  assert.match(await said(cluster({ version: "1.36.3", control })), /^65 .*JobValidation: Kubernetes 1\.37 has none/);
});

for (const [version, expected] of [
  ["1.34.4", /Kubernetes 1\.34 is at its end: .*\(split and deliver 1\.35 next\)/],
  ["1.38.0", /of Kubernetes 1\.38 only 1\.38\.0-beta\.0 is known here, .*\(1\.37 is the newest that was\)/],
  ["1.38.0-beta.0", /of Kubernetes 1\.38 only 1\.38\.0-beta\.0 is known here/],
] as const)
  test(`${version} can be run, with a warning, told once`, async () => {
    const text = await said(cluster({ version }));

    assert.match(text, /^0 /);
    assert.match(text, expected);
    assert.equal(text.match(/is at its end|is known here/g)?.length, 1);
  });

for (const version of ["1.35.4", "1.36.3", "1.37.2"])
  test(`${version} is run without a remark`, async () => {
    assert.doesNotMatch(await said(cluster({ version })), /at its end|is known here/);
  });

test("a pool that is at its end is told where it is said", async () => {
  assert.match(await said(cluster({ kubelet: `, ${old}` })), /kubelets\.all\.image: Kubernetes 1\.34 is at its end/);
});
