// The agent as a unit of Podman's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agentQuadlet, podmanImage } from "./agent-quadlet.ts";
import { agentRights } from "./docker-run.ts";

test("a quadlet has what the one docker line has, and the socket of Podman", () => {
  const text = agentQuadlet({
    host: "h1",
    image: "registry.example.org/flexkube-agent:0.1.0",
    options: ["--log-level=debug"],
  });

  assert.equal(
    text,
    `[Unit]
Description=flexkube agent of host h1
Wants=podman.socket network-online.target
After=podman.socket network-online.target
StartLimitIntervalSec=0

[Container]
ContainerName=flexkube-agent
Image=registry.example.org/flexkube-agent:0.1.0
Exec=run --host h1 --log-level=debug
Environment=DOCKER_HOST=unix:///var/run/podman/podman.sock
Network=host
User=0
DropCapability=all
AddCapability=CAP_DAC_READ_SEARCH
ReadOnly=true
NoNewPrivileges=true
SecurityLabelDisable=true
PodmanArgs=--stop-timeout=30
Mount=type=bind,source=/run,target=/var/run,readonly
Mount=type=bind,source=/etc/flexkube,target=/etc/flexkube,readonly
Mount=type=bind,source=/var/lib/flexkube,target=/var/lib/flexkube
Mount=type=bind,source=/,target=/host,readonly,bind-propagation=rslave

[Service]
ExecStartPre=/bin/sh -c "mkdir -p /etc/flexkube /var/lib/flexkube && chmod 0700 /etc/flexkube /var/lib/flexkube"
ExecStartPre=/bin/sh -c "for archive in /var/lib/flexkube/images/*.tar; do podman image exists registry.example.org/flexkube-agent:0.1.0 && break; [ -e \\"$$archive\\" ] || continue; podman load --input \\"$$archive\\" || continue; done"
Restart=always
RestartSec=10
TimeoutStartSec=900

[Install]
WantedBy=multi-user.target
`,
  );
});

test("each mount and each right of the docker line is in it", () => {
  const text = agentQuadlet({ host: "h1", image: "a:1", options: [] });
  const mounts = agentRights.filter((_, at) => agentRights[at - 1] === "--mount");

  assert.deepEqual(
    text.split("\n").filter((line) => line.startsWith("Mount=")),
    mounts.map((mount) => `Mount=${mount}`),
  );
});

test("an odd option is one word for systemd", () => {
  const text = agentQuadlet({ host: "h1", image: "a:1", options: ["--state=/a b/%i$x"] });

  assert.match(text, /^Exec=.* "--state=\/a b\/%%i\$\$x"$/m);
});

test("an image without a registry is a local one", () => {
  assert.equal(podmanImage("flexkube-agent:0.1.0"), "localhost/flexkube-agent:0.1.0");
  assert.equal(podmanImage("me/flexkube-agent:0.1.0"), "localhost/me/flexkube-agent:0.1.0");
  for (const whole of ["registry.example.org/a:1", "r:5000/a:1", "localhost/a:1"])
    assert.equal(podmanImage(whole), whole);
});
