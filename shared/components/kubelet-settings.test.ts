// What a kubelet ends with, whether the config says it in its document, as a flag, in both or not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { componentTable } from "./component-table.ts";
import { kubeletFlags } from "./kubelet-flags.ts";
import { kubeletSettings, saysKubeletSetting } from "./kubelet-settings.ts";
import { Kubelet } from "#shared/schema/kubernetes/kubelet.ts";

const api = { server: "https://127.0.0.1:7443", certificate: "c", key: "k" };
const defaults = kubeletSettings({ args: {}, config: {} });

test("a flag wins over the document, and both over the kubelet's own defaults", () => {
  const said = [
    ["fail-swap-on", "false", "failSwapOn", false, true],
    ["fail-cgroupv1", "F", "failCgroupV1", false, true],
    ["protect-kernel-defaults", "1", "protectKernelDefaults", true, false],
    ["rotate-server-certificates", "TRUE", "serverTLSBootstrap", true, false],
    ["enable-server", "0", "enableServer", false, true],
    ["port", "11250", "port", 11_250, 12_250],
    ["read-only-port", "10255", "readOnlyPort", 10_255, 0],
    ["healthz-port", "0", "healthzPort", 0, 11_248],
    ["healthz-bind-address", "10.0.0.1", "healthzBindAddress", "10.0.0.1", "10.0.0.2"],
    ["address", "10.0.0.1", "address", "10.0.0.1", "10.0.0.2"],
    ["resolv-conf", "/run/resolv.conf", "resolvConf", "/run/resolv.conf", "/etc/upstream"],
    ["cgroup-driver", "cgroupfs", "cgroupDriver", "cgroupfs", "systemd"],
  ] as const;
  for (const [flag, text, field, value, other] of said) {
    const both = { args: { [flag]: text }, config: { [field]: other } };
    assert.equal(kubeletSettings({ args: { [flag]: text }, config: {} })[field], value, flag);
    assert.equal(kubeletSettings({ args: {}, config: { [field]: other } })[field], other, field);
    assert.equal(kubeletSettings(both)[field], value, `${flag} and ${field}`);
    assert.equal(saysKubeletSetting({ args: { [flag]: text }, config: {} }, field), true);
  }
  const asked = new Set<string>(said.map(([, , field]) => field));
  assert.deepEqual(
    Object.keys(defaults).filter((field) => !asked.has(field)),
    [],
  );
});

test("of a flag that is given several times the last one counts", () => {
  assert.equal(kubeletSettings({ args: { port: ["1", "2"] }, config: {} }).port, 2);
});

test("what is of another type, or stands for a default, is not said", () => {
  assert.deepEqual(
    kubeletSettings({ args: {}, config: { port: 0, failSwapOn: "false", address: "", healthzPort: "9" } }),
    defaults,
  );
  assert.equal(saysKubeletSetting({ args: {}, config: {} }, "resolvConf"), false);
  assert.equal(kubeletSettings({ args: {}, config: { resolvConf: "" } }).resolvConf, "");
});

test("ports are told at the flag that wins, or at the document's field; one that is not opened is none", () => {
  const listeners = (args: Record<string, string>) =>
    componentTable.kubelet
      .listeners(Kubelet.parse({ image: "kubelet:1", node: "h1", address: "10.0.0.1", api, config: {}, args }))
      .map(({ path, address, port }) => `${path.join(".")} ${address}:${port}`);

  assert.deepEqual(listeners({ port: "11250", address: "10.0.0.1", "healthz-port": "0" }), [
    "args.port 10.0.0.1:11250",
  ]);
  assert.deepEqual(listeners({ "enable-server": "false", "read-only-port": "10255" }), [
    "args.read-only-port 0.0.0.0:10255",
    "config.healthzPort 127.0.0.1:10248",
  ]);
});

test("no flag and no field is in the table twice", () => {
  const fields = [...kubeletFlags.values()].map(({ field }) => field);
  assert.deepEqual(fields.toSorted(), [...new Set(fields)].toSorted());
});
