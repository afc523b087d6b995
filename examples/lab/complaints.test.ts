// Lines as the programs of 1.36 write them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsIn } from "./complaints.ts";

const complaints = [
  "Flag --address has been deprecated, This parameter should be set via the config file specified by the Kubelet's --config flag.",
  'I1124 11:00:10.820785    6802 codec.go:102] "Using lenient decoding as strict decoding failed" err="strict decoding error: unknown field \\"nonsense\\""',
  'E1124 11:00:12.351551    7196 run.go:72] "command failed" err="strict decoding error: unknown field \\"nonsense\\""',
  'I1124 11:00:10.819978    6802 feature_gate.go:477] "Warning: setting GA feature gate. It will be removed in a future release." featureGate="KubeletTracing" value=true',
  "Error: unknown flag: --nonsense",
];

for (const line of complaints)
  test(`it is found: ${line.slice(0, 70)}`, () => {
    assert.deepEqual(complaintsIn(`I1124 server.go:1] "Started"\n${line}\n${line}\n`), [line]);
  });

test("what programs say of other things is none", () => {
  const log = [
    'E1124 10:56:47.689159     695 remote_runtime.go:1177] "RuntimeConfig from runtime service failed" err="rpc error: code = Unimplemented desc = unknown method RuntimeConfig"',
    'I1124 10:54:11.962904       1 certificate_controller.go:120] "Starting certificate controller" name="csrsigning-legacy-unknown"',
    'W1124 10:54:11.962904       1 warnings.go:70] "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  ].join("\n");

  assert.deepEqual(complaintsIn(log), []);
});
