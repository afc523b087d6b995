// HAProxy's configuration for one API load balancer: TLS passes through, health is asked of each API server's own
// readiness. Uses nothing newer than HAProxy 2.6. Frozen by the golden files.
import type { LoadBalancer } from "#shared/schema/host-config.ts";
import { socketAddress } from "#shared/expand/pieces/socket-address.ts";
import { sortedEntries } from "#shared/expand/pieces/sorted-record.ts";

type Options = {
  readonly config: LoadBalancer;
  /** Directory of the stats socket, writable by HAProxy's user. */
  readonly runtimeDirectory: string;
  /** File with the CA to verify API servers by in health checks; undefined: they are not verified. */
  readonly caFile: string | undefined;
};

/** The text of haproxy.cfg. Equal for equal servers, in whatever order they were written. */
export function haproxyConfig({ config, runtimeDirectory, caFile }: Options): string {
  const lines = [
    ...globalSection(config, runtimeDirectory),
    ...defaultsSection(),
    "frontend apiserver",
    `  bind ${socketAddress(config.bind.address, config.bind.port)}`,
    "  default_backend apiservers",
    ...opsSection(config),
    ...backendSection(config, caFile),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * maxconn is always set: with a huge limit of open files HAProxy sizes its tables by it. hard-stop-after ends a reload's
 * old process, which no longer checks servers; stopping is by TERM, which does not wait for it.
 */
function globalSection(config: LoadBalancer, runtimeDirectory: string): readonly string[] {
  return [
    "global",
    "  log stdout format raw local0 notice",
    `  maxconn ${config.maxConnections}`,
    `  stats socket ${runtimeDirectory}/admin.sock mode 600 level admin expose-fd listeners`,
    "  hard-stop-after 60s",
  ];
}

/** The client and server timeouts exceed the idle time of watches, exec and port-forward. */
function defaultsSection(): readonly string[] {
  return [
    "defaults",
    "  mode tcp",
    "  log global",
    "  option tcpka",
    "  option redispatch",
    "  retries 3",
    "  timeout connect 3s",
    "  timeout client 4h",
    "  timeout server 4h",
    "  timeout check 3s",
  ];
}

function opsSection(config: LoadBalancer): readonly string[] {
  return [
    "frontend ops",
    "  mode http",
    `  bind ${socketAddress(config.ops.address, config.ops.port)}`,
    "  timeout client 10s",
    "  http-request use-service prometheus-exporter if { path /metrics }",
    "  monitor-uri /healthz",
  ];
}

/** Sessions of a server that is down are cut, else kubelets hang on a dead host for minutes. */
function backendSection(config: LoadBalancer, caFile: string | undefined): readonly string[] {
  const verify = caFile === undefined ? "verify none" : `verify required ca-file ${caFile}`;
  return [
    "backend apiservers",
    "  balance leastconn",
    "  option httpchk",
    "  http-check connect ssl alpn http/1.1",
    `  http-check send meth GET uri ${oneWord(config.checkPath)} ver HTTP/1.1 hdr Host kubernetes`,
    "  http-check expect status 200",
    `  default-server inter 2s fastinter 500ms downinter 2s rise 2 fall 3 on-marked-down shutdown-sessions check check-ssl ${verify}`,
    ...sortedEntries(config.servers).map(
      ([name, { address, port }]) => `  server ${name} ${socketAddress(address, port)}`,
    ),
  ];
}

/** Percent-encodes whatever would end or change a word of the configuration. */
function oneWord(path: string): string {
  return path.replace(/[^A-Za-z0-9/?&=._~%:@+,;-]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
