import assert from "node:assert/strict";
import { test } from "node:test";
import { webFailure } from "./web-failure.ts";

const failed = (code: string): Error => Object.assign(new Error("of the library"), { code });

test("a web server's certificate is told with what mends it there, and not with what mends a cluster's", () => {
  assert.match(webFailure(failed("DEPTH_ZERO_SELF_SIGNED_CERT")), /of no CA that counts here: --config-ca FILE says/);
  assert.match(
    webFailure(failed("CERT_HAS_EXPIRED")),
    /out of its validity .*renew it there, or set this host's clock/,
  );
  assert.equal(webFailure(failed("ECONNREFUSED")), "nothing listens there (ECONNREFUSED)");
});
