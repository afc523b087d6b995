import assert from "node:assert/strict";
import { test } from "node:test";
import { compileMinutes, cpuSeconds } from "./compile-minutes.ts";

test("twice the processors take half the minutes, and what is there already takes none", () => {
  const all = new Set(Object.keys(cpuSeconds));
  const two = compileMinutes(all, 2);

  assert.ok(two >= 7 && two <= 15, `${two}`);
  assert.equal(compileMinutes(all, 4), Math.ceil(two / 2));
  assert.equal(compileMinutes(new Set(), 2), 0);
  assert.equal(compileMinutes(new Set(["pause/pause"]), 64), 1);
});

test("what programs of a module share counts once, also when only a few of them are due", () => {
  const of = (...programs: readonly string[]): number => compileMinutes(new Set(programs), 1);
  const [kubelet, proxy] = [of("kubernetes/kubelet"), of("kubernetes/kube-proxy")];

  assert.ok(kubelet > proxy);
  assert.ok(of("kubernetes/kubelet", "kubernetes/kube-proxy") - kubelet <= 1);
  assert.equal(of("kubernetes/kube-proxy", "kubernetes/kubelet"), of("kubernetes/kubelet", "kubernetes/kube-proxy"));
  assert.ok(of("kubernetes/kubelet", "coredns/coredns") > kubelet);
});
