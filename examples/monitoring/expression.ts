// What an expression of PromQL asks for: the metrics, and the labels that it rests on. Enough for the expressions here, and no parser.

export type Selector = { readonly metric: string; readonly labels: Readonly<Record<string, string>> };

/** Metrics with the matchers of each; values as they are written, of =~ with their bars. */
export function selectorsIn(expression: string): readonly Selector[] {
  return [...expression.matchAll(/\b(flexkube_[a-z_]+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, metric = "", matchers = ""]) => ({
      metric,
      labels: Object.fromEntries(
        [...matchers.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]),
      ),
    }),
  );
}

/** Labels named after `by`, `without`, `on` and `ignoring`. */
export function groupingIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:by|without|on|ignoring|group_left|group_right) ?\(([^)]*)\)/g)]
    .flatMap(([, list = ""]) => list.split(","))
    .map((label) => label.trim())
    .filter((label) => label !== "");
}
