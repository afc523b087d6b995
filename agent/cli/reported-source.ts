// Where a loop or an `apply` takes host configs from, as the report has it.
import type { Report } from "#agent/report/report.ts";
import { shownUrl } from "#agent/sources/shown-url.ts";
import type { Options } from "./options.ts";
import { urlIn } from "./url-in.ts";

/** `file` is the path, "-", or the first URL where neither was said. */
export function reportedSource({ config, configs, host, allowOlder }: Options): NonNullable<Report["source"]> {
  const urls = configs.flatMap((each) => urlIn(each) ?? []).map(shownUrl);
  const path = configs.find((each) => urlIn(each) === undefined);
  return { file: path ?? config, host, allowOlder, ...(urls.length === 0 ? {} : { urls }) };
}
