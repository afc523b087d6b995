// Whether tests of a release run: only on purpose, since each takes minutes.

/** For node:test's `skip`: false when everything must run (REQUIRE_DOCKER=1, as `npm run test:release` sets it), else the reason. */
export function skipWithoutRelease(): string | false {
  return process.env["REQUIRE_DOCKER"] === "1" ? false : "runs before a release: npm run test:release";
}
