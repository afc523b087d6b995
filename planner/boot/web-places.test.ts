// A host that gets its config from web servers: what its unit does before the agent, and with which words that is started.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentUnit } from "./agent-unit.ts";
import type { BootFormat } from "./boot-files.ts";
import { bootFiles, bootFormats } from "./boot-files.ts";
import { hostConfigPath, identityPath } from "./host-paths.ts";
import { unitCommands } from "./testing/unit-commands.ts";
import type { WebPlaces } from "./web-places.ts";
import { webOptions } from "./web-places.ts";

const web: WebPlaces = {
  urls: ["https://a.example.org/{host}.age", "https://b.example.org/it's/{host}.age?x=%2F$"],
  signers: ["MCow+a/b=", "MCow2"],
  authorities: "-----BEGIN CERTIFICATE-----\nAA+/\n-----END CERTIFICATE-----\n",
};
const agent = { image: "flexkube-agent:0.1.0", options: ["--log-level=debug"] };
const sealed = { path: hostConfigPath, bytes: Buffer.from("age-encryption.org/v1\n\0") };

function documentOf(format: BootFormat, files = [sealed], places = web): string {
  const made = bootFiles({ name: "h1", files }, { format, agent, web: places, packing: "none" });
  return made.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
}

test("the agent is told every URL with the host's name, whom it believes, and its own file only where it has one", () => {
  const urls = ["https://a.example.org/h1.age", "https://b.example.org/it's/h1.age?x=%2F$"];
  const signers = ["--signer", "MCow+a/b=", "--signer", "MCow2"];

  assert.deepEqual(webOptions("h1", web, { hasFile: false }), [
    ...signers,
    ...urls.flatMap((url) => ["--config", url]),
    "--config-ca",
    "/etc/flexkube/config-ca.pem",
  ]);
  assert.deepEqual(webOptions("h1", { ...web, authorities: undefined }, { hasFile: true }), [
    ...signers,
    ...["/etc/flexkube/host.yaml", ...urls].flatMap((place) => ["--config", place]),
  ]);
});

test("before its first agent the unit writes the CA where there is none, and has the host make its key and tell it", () => {
  const [, , authorities, key, start] = unitCommands(documentOf("systemd", [])).map((words) => words.at(-1));

  assert.equal(
    authorities,
    `[ -s /etc/flexkube/config-ca.pem ] || { printf %s '${web.authorities}' >/etc/flexkube/config-ca.pem.new && mv /etc/flexkube/config-ca.pem.new /etc/flexkube/config-ca.pem; }`,
  );
  assert.equal(
    key,
    "docker container inspect flexkube-agent >/dev/null 2>&1 || docker run --rm --network none --user 0 --cap-drop ALL --read-only --security-opt no-new-privileges --security-opt label=disable --mount type=bind,source=/var/lib/flexkube,target=/var/lib/flexkube flexkube-agent:0.1.0 identity",
  );
  assert.ok(
    start?.endsWith(
      `flexkube-agent:0.1.0 run --host h1 --signer MCow+a/b= --signer MCow2 --config https://a.example.org/h1.age --config 'https://b.example.org/it'\\''s/h1.age?x=%2F$' --config-ca /etc/flexkube/config-ca.pem --log-level=debug`,
    ),
    start,
  );
  assert.match(documentOf("systemd", []), /^StandardOutput=journal\+console$/m);
});

test("Podman's unit does the same with Podman", () => {
  const quadlet = documentOf("quadlet", []);
  const [, , authorities, key] = unitCommands(quadlet).map((words) => words.at(-1));

  assert.match(authorities ?? "", /^\[ -s .*BEGIN CERTIFICATE/);
  assert.match(key ?? "", /^podman run --rm .* localhost\/flexkube-agent:0\.1\.0 identity$/);
  assert.match(
    quadlet,
    /^Exec=run --host h1 .*--config https:\/\/a\.example\.org\/h1\.age "https|^Exec=.* --config "https:\/\/b\.example\.org\/it's\/h1\.age\?x=%%2F\$\$" /m,
  );
});

test("without a CA and without web servers none of it is there", () => {
  assert.equal(unitCommands(documentOf("systemd", [], { ...web, authorities: undefined })).length, 4);
  const plain = agentUnit({ ...agent, host: "h1" });
  assert.equal(unitCommands(plain).length, 3);
  assert.doesNotMatch(plain, /console|identity/);
});

test("every format has the unit's words, and nothing but what the host was given", () => {
  const key = { path: identityPath, bytes: Buffer.from("AGE-SECRET-KEY-1X\n") };
  for (const format of bootFormats) {
    const [none, one, both] = [[], [sealed], [sealed, key]].map((files) => documentOf(format, files));
    const isUnit = format === "systemd" || format === "quadlet";

    for (const text of [none, one, both]) assert.match(text ?? "", /--config https:\/\/a\.example\.org\/h1\.age/);
    assert.equal(none?.includes(hostConfigPath), false, format);
    assert.equal(one?.includes(`--config ${hostConfigPath} --config https:`), true, format);
    assert.equal(both?.includes(identityPath), !isUnit, format);
    if (format !== "ignition") assert.equal(both?.includes("AGE-SECRET-KEY-1X"), !isUnit, format);
  }
  assert.match(documentOf("script", []), /^# Brings up .* may be run again\.$/m);
  assert.match(documentOf("script"), /Holds that host's keys\.$/m);
});

test("a script that is run again leaves the key that the host has by then", () => {
  const script = documentOf("script", [{ path: identityPath, bytes: Buffer.from("AGE-SECRET-KEY-1X\n") }]);

  assert.ok(
    script.includes(
      `\n[ -s ${identityPath} ] || {\ncat >${identityPath}.new <<'END-OF-FLEXKUBE-FILE'\nAGE-SECRET-KEY-1X\nEND-OF-FLEXKUBE-FILE\nmv ${identityPath}.new ${identityPath}\n}\n`,
    ),
    script,
  );
});

test("the script runs what the unit runs, where systemd is not at work", () => {
  const script = documentOf("script", []);
  const [, , ...commands] = unitCommands(documentOf("systemd", [])).map((words) => words.at(-1) ?? "");

  assert.equal(commands.length, 3);
  for (const command of commands) assert.ok(script.includes(command), command);
});
