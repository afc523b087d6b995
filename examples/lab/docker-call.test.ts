// Paths and methods as the daemon gets them.
import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { dockerCall } from "./docker-call.ts";

test("the API's version is no part of a call's path", () => {
  const calls = ["/v1.41/containers/json?all=1", "/containers/json?all=1", "/_ping", "/v1.41x/info"].map(
    (url) => dockerCall("GET", url).path,
  );

  deepEqual(calls, ["/containers/json?all=1", "/containers/json?all=1", "/_ping", "/v1.41x/info"]);
});

test("calls that change the host are told from those that only look", () => {
  const lines = [
    "GET /containers/json",
    "HEAD /containers/x/archive?path=/a",
    "POST /v1.41/containers/x/wait?condition=not-running",
    "POST /auth",
    "POST /containers/create?name=wait",
    "POST /containers/x/start",
    "PUT /containers/x/archive?path=/a",
    "DELETE /containers/x",
  ];

  const mutating = lines.filter((line) => {
    const [method = "", url = ""] = line.split(" ");
    return dockerCall(method, url).mutating;
  });

  deepEqual(mutating, lines.slice(4));
});
