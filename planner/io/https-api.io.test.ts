// A Kubernetes API that cannot be reached, over the real network of this machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askApi } from "./https-api.ts";

test("an API that nobody serves is told in words, with what was asked", async () => {
  const access = { server: "https://127.0.0.1:1", ca: "", certificate: "", key: "" };

  await assert.rejects(askApi(access, { method: "GET", path: "/api/v1/nodes?limit=1" }), {
    code: "KUBERNETES_UNREACHABLE",
    details: { call: "GET https://127.0.0.1:1/api/v1/nodes", reason: "nothing listens there (ECONNREFUSED)" },
  });
});
