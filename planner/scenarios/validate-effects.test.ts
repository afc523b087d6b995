// Flags that a program takes, and with which it ends, does nothing of what was asked, or leaves what flexkube counts on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

function cluster({ hosts = "all", control = "", kubelet = "", proxy = "" }): string {
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0.2 }, h3: { address: 10.0.0.3 } }
kubernetes: { version: 1.36.3 }
etcd: { hosts: ${hosts} }
controlPlane: { hosts: ${hosts} ${control} }
kubelets: { all: { hosts: all ${kubelet} } }
network: { proxy: { ${proxy} } }
`;
}

async function said(parts: Parameters<typeof cluster>[0]): Promise<string> {
  const { code, stderr } = await fakeMachine(cluster(parts)).run("validate");
  return `${code} ${stderr}`;
}

for (const [parts, expected] of [
  [{ proxy: "args: { cleanup: 'true' }" }, /^65 .*--cleanup is set by flexkube \(with it the program ends at once/],
  [{ proxy: "args: { init-only: 'true' }" }, /^65 .*--init-only is set by flexkube/],
  [{ proxy: "args: { write-config-to: /tmp/x }" }, /^65 .*--write-config-to is set by flexkube/],
  [{ proxy: "args: { healthz-port: '1' }" }, /^65 .*use network\.proxy\.healthPort/],
  [{ control: ", scheduler: { args: { write-config-to: /tmp/x } }" }, /^65 .*--write-config-to is set by flexkube/],
  [{ control: ", scheduler: { args: { master: 'https://10.0.0.9:6443' } }" }, /^65 .*--master is set by flexkube/],
  [{ control: ", controllerManager: { args: { master: 'https://10.0.0.9:6443' } }" }, /^65 .*--master is set by/],
  [
    { control: ", controllerManager: { args: { cluster-signing-kubelet-client-cert-file: /x } }" },
    /^65 .*certificates and keys come from pki/,
  ],
  [{ kubelet: ", args: { healthz-port: '10300' }" }, /^65 .*use config\.healthzPort/],
  [{ kubelet: ", args: { config-dir: /etc/kubelet.d }" }, /^65 .*--config-dir is set by flexkube/],
] as const)
  test(`${JSON.stringify(parts)} is refused`, async () => {
    assert.match(await said(parts), expected);
  });

test("what kube-proxy and the scheduler pass over beside their document is told", async () => {
  assert.match(
    await said({ proxy: "args: { ipvs-strict-arp: 'true', v: '3', feature-gates: ContextualLogging=true }" }),
    /^0 warning: .*--ipvs-strict-arp does nothing: .*use network\.proxy\.config.*\nwarning: .*--feature-gates does nothing[^\n]*\n$/,
  );
  assert.match(
    await said({ control: ", scheduler: { args: { kube-api-qps: '7', v: '3' } }" }),
    /^0 warning: .*--kube-api-qps does nothing: .*use scheduler\.config[^\n]*\n$/,
  );
});

test("several controller managers or schedulers may not all lead", async () => {
  const manager = ", controllerManager: { args: { leader-elect: 'false' } }";
  const scheduler = ", scheduler: { config: { leaderElection: { leaderElect: false } } }";

  for (const control of [manager, scheduler]) {
    assert.match(await said({ control }), /^65 .*each host of the control plane would lead/);
    assert.match(await said({ control, hosts: "h1" }), /^0 /);
  }
});

test("controllers without their own accounts, and kubelets that never renew, are told", async () => {
  assert.match(
    await said({ control: ", controllerManager: { args: { use-service-account-credentials: 'false' } }" }),
    /^65 .*controllers have rights by their own accounts only/,
  );
  assert.match(await said({ kubelet: ", args: { rotate-certificates: 'false' }" }), /^0 warning: .*ends for good/);
  assert.match(await said({ kubelet: ", config: { rotateCertificates: false }" }), /^0 warning: .*ends for good/);
});
