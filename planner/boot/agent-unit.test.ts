// The unit: its text, its quoting, and the one docker line.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { agentUnit, unitWord } from "./agent-unit.ts";
import { dockerRun } from "./docker-run.ts";
import { shellLine, shellWord } from "./shell-word.ts";
import { unitCommands, wordsOf } from "./testing/unit-commands.ts";

const agent = { host: "h1", image: "registry.example.org/flexkube-agent:0.1.0", options: [] };

test("the unit makes the directories, loads the image when it is missing, and starts the container that is there or a new one", () => {
  const unit = agentUnit(agent);

  assert.equal(
    unit.replace(/exec docker run .*"$/m, 'exec docker run …"'),
    `[Unit]
Description=flexkube agent of host h1
Wants=docker.service network-online.target
After=docker.service network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=/bin/sh -c "mkdir -p /etc/flexkube /var/lib/flexkube && chmod 0700 /etc/flexkube /var/lib/flexkube"
ExecStartPre=/bin/sh -c "for archive in /var/lib/flexkube/images/*.tar; do docker image inspect registry.example.org/flexkube-agent:0.1.0 >/dev/null 2>&1 && break; [ -e \\"$$archive\\" ] || continue; docker load --input \\"$$archive\\" || continue; done"
ExecStart=/bin/sh -c "docker container inspect flexkube-agent >/dev/null 2>&1 && exec docker start flexkube-agent; exec docker run …"
Restart=on-failure
RestartSec=10

[Install]
WantedBy=multi-user.target
`,
  );
});

test("its docker line is the one line, word for word", () => {
  const options = ["--log-level=debug", "--state=/a b/$HOME/%i/'q'\"\\"];
  const commands = unitCommands(agentUnit({ ...agent, options }));

  const [shell, flag, text = ""] = commands.at(-1) ?? [];

  assert.deepEqual([commands.length, shell, flag], [3, "/bin/sh", "-c"]);
  assert.ok(text.endsWith(`; exec ${shellLine(dockerRun({ ...agent, options }))}`), text);
});

const printableText = fc.string({ unit: fc.constantFrom(...Array.from("ab \"'\\%$`!#;&|<>*?[]{}()~=\t\n-é")) });

test("systemd reads each word back as it was", () => {
  fc.assert(
    fc.property(fc.array(printableText, { minLength: 1, maxLength: 4 }), (words) => {
      assert.deepEqual(wordsOf(words.map(unitWord).join(" ")), words);
    }),
  );
});

test("a word without anything odd stays as it is in a shell, and every other is quoted", () => {
  assert.equal(
    shellWord("type=bind,source=/run,target=/var/run,readonly"),
    "type=bind,source=/run,target=/var/run,readonly",
  );
  assert.equal(shellWord(""), "''");
  assert.equal(shellLine(["a b", "it's", "$HOME"]), `'a b' 'it'\\''s' '$HOME'`);
});
