// JSON requests to the Kubernetes API: what is sent, and what an answer means. How it is carried is handed in.
import { FlexkubeError } from "#shared/errors.ts";

/** Format of a body; of the patches, `merge` replaces lists as a whole and removes what is null. */
export type BodyFormat = "json" | "merge-patch" | "json-patch" | "apply-patch";

export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Such as `/api/v1/nodes/h1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** Default `json`. */
  readonly format?: BodyFormat | undefined;
  /** Names, labels, annotations and versions without content: of each object of a list, or of the one at the path. */
  readonly metadataOnly?: "list" | "object" | undefined;
};

/** What a carrier gets and gives: texts. */
export type ApiExchange = (
  request: {
    readonly method: ApiRequest["method"];
    /** With the query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  },
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly body: string }>;

export type KubernetesClient = {
  /**
   * The answer's JSON. Throws KUBERNETES_NOT_FOUND (404), KUBERNETES_CONFLICT (409), KUBERNETES_REFUSED (any other
   * answer but success), KUBERNETES_UNREACHABLE (none in time), or the signal's reason.
   */
  readonly request: (request: ApiRequest, signal: AbortSignal) => Promise<unknown>;
};

const contentTypes: Readonly<Record<BodyFormat, string>> = {
  json: "application/json",
  "merge-patch": "application/merge-patch+json",
  "json-patch": "application/json-patch+json",
  "apply-patch": "application/apply-patch+yaml",
};
const metadataTypes = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
  object: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
} as const;
/** The API's own words are cut at this length. */
const maxReason = 1000;

/** A client over a carrier; `exchange` rejects with KUBERNETES_UNREACHABLE or the signal's reason. */
export function createClient(exchange: ApiExchange): KubernetesClient {
  return {
    request: async (request, signal) => {
      const query = new URLSearchParams(request.query).toString();
      const path = query === "" ? request.path : `${request.path}?${query}`;
      const answer = await exchange(
        {
          method: request.method,
          path,
          headers: headersOf(request),
          body: request.body === undefined ? undefined : JSON.stringify(request.body),
        },
        signal,
      );
      return meaningOf(answer, `${request.method} ${request.path}`);
    },
  };
}

function headersOf({ body, format = "json", metadataOnly }: ApiRequest): Readonly<Record<string, string>> {
  return {
    accept: metadataOnly === undefined ? "application/json" : metadataTypes[metadataOnly],
    "user-agent": "flexkube-agent",
    ...(body === undefined ? {} : { "content-type": contentTypes[format] }),
  };
}

function meaningOf({ status, body }: { readonly status: number; readonly body: string }, call: string): unknown {
  if (status >= 200 && status < 300) return parsed(body, call);
  const reason = reasonIn(body) ?? `HTTP status ${status}`;
  if (status === 404)
    throw new FlexkubeError("KUBERNETES_NOT_FOUND", "the Kubernetes API knows no such thing", { call, reason });
  if (status === 409)
    throw new FlexkubeError("KUBERNETES_CONFLICT", "the object was changed or made by somebody else meanwhile", {
      call,
      reason,
    });
  throw new FlexkubeError("KUBERNETES_REFUSED", "the Kubernetes API refuses the request", { call, status, reason });
}

function parsed(body: string, call: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new FlexkubeError(
      "KUBERNETES_UNREACHABLE",
      "what answers is not the Kubernetes API",
      { call, reason: "the answer is no JSON" },
      { cause: error },
    );
  }
}

/** The message of a `Status`, which is what the API answers when it refuses. */
function reasonIn(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status !== "object" || status === null || !("message" in status)) return undefined;
    return typeof status.message === "string" ? status.message.slice(0, maxReason) : undefined;
  } catch {
    // a load balancer's page
    return undefined;
  }
}
