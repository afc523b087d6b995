// What options say: durations, counts, keys and sockets. All throw INTERNAL_USAGE.
import { durationMs } from "#shared/duration.ts";
import { signerPem } from "#shared/sealed/envelope.ts";
import { usage } from "#shared/command-line/usage.ts";

function isDuration(text: string | undefined): text is string {
  return text !== undefined && /^([0-9]+(ms|s|m|h))+$/.test(text);
}

export function timeFrom(option: string, text: string): number {
  if (!isDuration(text)) throw usage(option, "a duration such as 90s or 5m");
  return durationMs(text);
}

/** Days too: what is asked for is often last week's. */
export function sinceFrom(text: string): number {
  const hours = text.replaceAll(/([0-9]+)d/g, (_, days: string) => `${Number(days) * 24}h`);
  if (!isDuration(hours)) throw usage("--since", "a duration such as 90s, 2h or 7d");
  return durationMs(hours);
}

export function tailFrom(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw usage("--tail", "a number of lines");
  return Number(text);
}

/** A public key in base64, as it stands between the lines of a PEM file. */
export function signerFrom(text: string): string {
  const pem = signerPem(text);
  if (pem === undefined) throw usage("--signer", "an ed25519 public key: the middle line of pki/delivery/signer.pub");
  return pem;
}

export function socketFrom(dockerHost: string | undefined): string {
  if (dockerHost === undefined || dockerHost === "") return "/var/run/docker.sock";
  if (!dockerHost.startsWith("unix://"))
    throw usage("DOCKER_HOST", "only unix:// sockets: the agent works on its own host");
  return dockerHost.slice("unix://".length);
}
