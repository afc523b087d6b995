// What `reset --data` removes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "#shared/expand/expand.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { hostFacts, kubernetesSecrets, wholeHost } from "#shared/expand/testing/kubernetes-builder.ts";
import { dataDirectories } from "./data-directories.ts";

test("data of components goes, directories of the host that they only needed stay", () => {
  const config = hostConfig({ ...wholeHost(), secrets: kubernetesSecrets() });

  assert.deepEqual(dataDirectories(expand(config, hostFacts())), ["/var/lib/etcd", "/var/lib/kubelet"]);
});

test("without a config nothing is known to be data", () => {
  assert.deepEqual(dataDirectories(undefined), []);
});
