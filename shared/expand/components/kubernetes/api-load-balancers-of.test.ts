// Which load balancers of a host a component depends on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import { loadBalancer } from "#shared/expand/testing/load-balancer-builder.ts";
import { apiLoadBalancersOf } from "./api-load-balancers-of.ts";

for (const [sentence, server, bind, found] of [
  ["the loopback", "https://127.0.0.1:7443", { address: "127.0.0.1", port: 7443 }, true],
  ["the loopback by name", "https://localhost:7443", { address: "127.0.0.1", port: 7443 }, true],
  ["the loopback of IPv6", "https://[::1]:7443", { address: "::1", port: 7443 }, true],
  ["the loopback, on any address", "https://127.0.0.1:7443", { address: "0.0.0.0", port: 7443 }, true],
  ["an address of its own", "https://10.0.0.1:443", { address: "10.0.0.1", port: 443 }, true],
  ["the port of https", "https://10.0.0.1", { address: "10.0.0.1", port: 443 }, true],
  ["another port", "https://127.0.0.1:6443", { address: "127.0.0.1", port: 7443 }, false],
  ["another host", "https://10.0.0.2:7443", { address: "10.0.0.1", port: 7443 }, false],
  ["another host, on any address here", "https://10.0.0.2:7443", { address: "0.0.0.0", port: 7443 }, false],
] as const)
  test(`a load balancer at ${sentence} is ${found ? "the" : "not the"} component's`, () => {
    const config = hostConfig({ apiLoadBalancers: { all: loadBalancer({ bind }) } });

    assert.deepEqual(apiLoadBalancersOf(server, config), found ? ["api-load-balancer-all"] : []);
  });
