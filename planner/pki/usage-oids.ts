// The object identifiers of extended key usages.
import type { Usage } from "./types.ts";

/** As they stand in a certificate, dotted. */
export const usageOids: Readonly<Record<Usage, string>> = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
