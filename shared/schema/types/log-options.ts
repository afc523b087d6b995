// Docker's log drivers and the options that each takes; Docker refuses to make a container with any other.
import type { Fault } from "./domain.ts";
import { suggestion } from "#shared/nearest.ts";
import { ownValue } from "#shared/own-value.ts";

const common = ["mode", "max-buffer-size"];
const marks = ["labels", "labels-regex", "env", "env-regex", "tag"];
const files = ["max-size", "max-file", "compress"];

/** Of Docker 20.10 to 29; undefined: options are not known here. */
const options: Readonly<Record<string, readonly string[]>> = {
  "json-file": [...files, ...marks, ...common],
  local: [...files, ...common],
  none: [],
  journald: [...marks, ...common],
  syslog: [
    ...["address", "facility", "tls-ca-cert", "tls-cert", "tls-key", "tls-skip-verify", "format"].map(
      (word) => `syslog-${word}`,
    ),
    ...marks,
    ...common,
  ],
  gelf: [
    ...["address", "compression-type", "compression-level", "tcp-max-reconnect", "tcp-reconnect-delay"].map(
      (word) => `gelf-${word}`,
    ),
    ...marks,
    ...common,
  ],
  fluentd: [
    ...[
      "address",
      "async",
      "async-connect",
      "async-reconnect-interval",
      "buffer-limit",
      "max-retries",
      "request-ack",
      "retry-wait",
      "sub-second-precision",
      "read-timeout",
      "write-timeout",
    ].map((word) => `fluentd-${word}`),
    ...marks,
    ...common,
  ],
  awslogs: [
    ...[
      "region",
      "endpoint",
      "group",
      "stream",
      "create-group",
      "create-stream",
      "datetime-format",
      "multiline-pattern",
      "credentials-endpoint",
      "force-flush-interval-seconds",
      "max-buffered-events",
      "format",
    ].map((word) => `awslogs-${word}`),
    "tag",
    ...common,
  ],
  splunk: [
    ...[
      "token",
      "url",
      "source",
      "sourcetype",
      "index",
      "capath",
      "caname",
      "insecureskipverify",
      "format",
      "verify-connection",
      "gzip",
      "gzip-level",
      "index-acknowledgment",
    ].map((word) => `splunk-${word}`),
    ...marks,
    ...common,
  ],
  gcplogs: [
    "gcp-project",
    "gcp-log-cmd",
    "gcp-meta-zone",
    "gcp-meta-name",
    "gcp-meta-id",
    ...marks.filter((mark) => mark !== "tag"),
    ...common,
  ],
};
const drivers = Object.keys(options);

/** Whether Docker itself has the driver; others are plug-ins. */
export function isOwnDriver(driver: string): boolean {
  return Object.hasOwn(options, driver);
}

/** A driver's name, or a plug-in's: a name that is nearly one of Docker's own is a slip. */
export function notLogDriver(driver: string): Fault | undefined {
  if (isOwnDriver(driver)) return undefined;
  const near = suggestion(driver, drivers);
  return near?.startsWith("did you mean") === true || !/^[A-Za-z0-9][A-Za-z0-9_./:-]*$/.test(driver)
    ? { problem: `${JSON.stringify(driver)} is no log driver`, hint: near }
    : undefined;
}

const values: Readonly<Record<string, { readonly pattern: RegExp; readonly hint: string }>> = {
  "max-size": { pattern: /^(-1|[1-9][0-9]*(\.[0-9]+)?\s?([kmgKMG]i?)?[bB]?)$/, hint: "such as 10m" },
  "max-file": { pattern: /^[1-9][0-9]{0,8}$/, hint: "a whole number from 1 on" },
  "max-buffer-size": { pattern: /^[1-9][0-9]*(\.[0-9]+)?\s?([kmgKMG]i?)?[bB]?$/, hint: "such as 1m" },
  compress: { pattern: /^(true|false)$/, hint: "true or false" },
  mode: { pattern: /^(blocking|non-blocking)$/, hint: "blocking or non-blocking" },
};

/** What Docker knows of a container for its tag; a template with anything else keeps the container from starting. */
const tagWords =
  /^(ID|FullID|Name|ImageID|ImageFullID|ImageName|DaemonName|Command|Hostname|ExtraAttributes|LogPath|Config|Container[A-Z][A-Za-z]*)$/;

function wrongTag(text: string): string | undefined {
  const braces = [...text.matchAll(/\{\{(.*?)\}\}/gs)];
  if (/\{\{|\}\}/.test(text.replaceAll(/\{\{.*?\}\}/gs, ""))) return "a template begins with {{ and ends with }}";
  const words = braces.flatMap(([, inner = ""]) => [...inner.matchAll(/(?:^|[\s(])\.([A-Za-z_][A-Za-z0-9_]*)/g)]);
  const strange = words.find(([, word = ""]) => !tagWords.test(word))?.[1];
  if (braces.some(([, inner = ""]) => inner.trim() === "")) return "a template has something between {{ and }}";
  return strange === undefined
    ? undefined
    : `.${strange} is nothing that Docker knows of a container: such as {{.Name}}`;
}

/** The first option that the driver does not take, by its key. */
export function wrongLogOption(driver: string, given: Readonly<Record<string, string>>): Fault | undefined {
  const known = isOwnDriver(driver) ? options[driver] : undefined;
  for (const [key, value] of Object.entries(given)) {
    if (known !== undefined && !known.includes(key))
      return {
        problem: `the log driver ${driver} has no option ${key}`,
        hint: known.length === 0 ? "remove it" : suggestion(key, known),
        at: [key],
      };
    const template = key === "tag" ? wrongTag(value) : undefined;
    if (template !== undefined) return { problem: `${JSON.stringify(value)} is no tag`, hint: template, at: [key] };
    const form = ownValue(values, key);
    if (form !== undefined && !form.pattern.test(value))
      return { problem: `${JSON.stringify(value)} is no value of ${key}`, hint: form.hint, at: [key] };
  }
  if (given["max-buffer-size"] !== undefined && given["mode"] !== "non-blocking")
    return {
      problem: "max-buffer-size is for mode non-blocking only",
      hint: "set mode: non-blocking",
      at: ["max-buffer-size"],
    };
  return given["compress"] === "true" && driver === "json-file" && given["max-file"] === "1"
    ? { problem: "compress needs a max-file of 2 or more", at: ["compress"] }
    : undefined;
}
