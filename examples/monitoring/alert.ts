// What an alert is: its rule, and what it is shown with, so that no rule is without a case in which it fires and one in which it does not.

/** Samples a minute apart from 0 on, in promtool's notation, such as `0+60x90` or `1x30 _x30`. */
export type Series = Readonly<Record<string, string>>;

export type Alert = {
  readonly name: `Flexkube${string}`;
  readonly expr: string;
  /** For how long it must hold. */
  readonly for: string;
  readonly severity: "critical" | "warning";
  /** A sentence without values: what is so. */
  readonly summary: string;
  /** What to do, for README.md. */
  readonly action: string;
  /** Looked at `at` after the beginning. */
  readonly at: string;
  readonly fires: Series;
  /** Labels that the fired alert has; more than one when several hosts are alarmed of. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly silent: Series;
};

/** Labels of a scrape of prometheus.yaml, for `fires` and `silent`. */
export function on(host: string, labels = ""): string {
  return `{cluster="demo",instance="${host}",job="flexkube-agent"${labels === "" ? "" : `,${labels}`}}`;
}

export function scraped(host: string, labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { cluster: "demo", instance: host, job: "flexkube-agent", ...labels };
}
