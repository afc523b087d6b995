// A Kubernetes API in memory that answers as the real one does to what the agent asks: discovery, resource versions,
// conflicts, merge patches, preconditions of deletes, and who owns which fields.
import type { ConnectKubernetes } from "#agent/kubernetes/connections.ts";
import { createClient } from "#agent/kubernetes/kubernetes-client.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { at, listAt, textAt, textsAt } from "#shared/json-fields.ts";
import { fieldsOf, mergePatched, withoutFields, type Json } from "./fake-fields.ts";

export type FakeRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};
export type FakeAnswer = { readonly status: number; readonly body: string };

export type FakeKind = { readonly kind: string; readonly name: string; readonly namespaced: boolean };

const builtIn: Readonly<Record<string, readonly FakeKind[]>> = {
  "/api/v1": [
    { kind: "Node", name: "nodes", namespaced: false },
    { kind: "Namespace", name: "namespaces", namespaced: false },
    { kind: "ConfigMap", name: "configmaps", namespaced: true },
    { kind: "Secret", name: "secrets", namespaced: true },
  ],
  "/apis/coordination.k8s.io/v1": [{ kind: "Lease", name: "leases", namespaced: true }],
  "/apis/apiextensions.k8s.io/v1": [
    { kind: "CustomResourceDefinition", name: "customresourcedefinitions", namespaced: false },
  ],
};

/** Asks for names, labels and versions alone. */
const metadataType = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

export class FakeKubernetes {
  /** Nothing answers while it is true. */
  down = false;
  /** `METHOD path` → HTTP status of the next answers to it. */
  readonly refusals = new Map<string, number>();
  /** `METHOD path` of each request so far. */
  readonly calls: string[] = [];
  /** Called before each change; a test may throw here. */
  beforeChange: (what: string) => void = () => undefined;
  readonly #kinds = new Map(Object.entries(builtIn));
  readonly #objects = new Map<string, Json>();
  #version = 100;

  /** Clients of it that need no network. */
  readonly connect: ConnectKubernetes = () =>
    createClient(async (request, signal) => {
      signal.throwIfAborted();
      const call = `${request.method} ${request.path}`;
      if (this.down)
        throw new FlexkubeError("KUBERNETES_UNREACHABLE", "the Kubernetes API does not answer", {
          call,
          reason: "ECONNREFUSED",
        });
      return Promise.resolve(this.handle(request));
    });

  /** What it answers, as HTTP. */
  handle({ method, path, headers, body }: FakeRequest): FakeAnswer {
    const url = new URL(path, "https://fake");
    const call = `${method} ${url.pathname}`;
    this.calls.push(call);
    const refusal = this.refusals.get(call);
    if (refusal !== undefined) return failure(refusal, `refused by the test: ${call}`);
    const accept = headers["accept"] ?? "application/json";
    if (accept !== "application/json" && accept !== metadataType)
      return failure(406, "only the following media types are accepted: application/json");
    const sent = body === undefined ? {} : objectIn(body);
    if (method === "GET") return this.#get(url, accept === metadataType);
    this.beforeChange(call);
    if (method === "POST") return this.#create(url.pathname, sent);
    const found = this.#objects.get(url.pathname);
    if (found === undefined) return failure(404, `${url.pathname} not found`);
    if (method === "DELETE") return this.#delete(url.pathname, found, sent);
    const version = textAt(sent, "metadata", "resourceVersion");
    if (version !== "" && version !== textAt(found, "metadata", "resourceVersion"))
      return failure(409, "the object has been modified; please apply your changes to the latest version");
    if (method === "PUT") return success(200, this.#keep(url.pathname, { ...sent, metadata: metadataOf(found, sent) }));
    if (headers["content-type"] !== "application/merge-patch+json") return failure(415, "no such patch");
    return success(200, this.#keep(url.pathname, mergePatched(found, withoutVersion(sent))));
  }

  /** An object at its path in the API, such as `/api/v1/nodes/h1`. */
  object(path: string): Json | undefined {
    return this.#objects.get(path);
  }

  get paths(): readonly string[] {
    return [...this.#objects.keys()].toSorted();
  }

  /** Puts an object there as if somebody had made or changed it by hand: fields that change are theirs from then on. */
  edit(path: string, patch: Json): void {
    const found = this.#objects.get(path) ?? {};
    const changed = mergePatched(found, patch);
    const fields = fieldsOf(patch);
    const entries = listAt(found, "metadata", "managedFields").map((entry) => withoutFields(entry, fields));
    this.#keep(path, mergePatched(changed, { metadata: { managedFields: entries } }));
  }

  remove(path: string): void {
    this.#objects.delete(path);
  }

  /** What `kubectl apply --server-side --field-manager=<manager>` does with one object. Throws on an unknown kind. */
  apply(manager: string, sent: Json): void {
    const path = this.pathOf(sent);
    this.beforeChange(`apply ${path}`);
    const found = this.#objects.get(path) ?? {};
    const others = listAt(found, "metadata", "managedFields").filter((entry) => textAt(entry, "manager") !== manager);
    const entry = { manager, operation: "Apply", apiVersion: textAt(sent, "apiVersion"), fieldsV1: fieldsOf(sent) };
    this.#keep(path, mergePatched(mergePatched(found, sent), { metadata: { managedFields: [...others, entry] } }));
    if (textAt(sent, "kind") === "CustomResourceDefinition") this.#establish(path, sent);
  }

  /** Path of an object by its kind, namespace and name. */
  pathOf(object: Json): string {
    const version = textAt(object, "apiVersion");
    const group = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
    const kind = this.#kinds.get(group)?.find((candidate) => candidate.kind === textAt(object, "kind"));
    if (kind === undefined) throw new Error(`no matches for kind "${textAt(object, "kind")}" in version "${version}"`);
    const namespace = textAt(object, "metadata", "namespace") || "default";
    return `${group}${kind.namespaced ? `/namespaces/${namespace}` : ""}/${kind.name}/${textAt(object, "metadata", "name")}`;
  }

  #establish(path: string, definition: Json): void {
    const group = textAt(definition, "spec", "group");
    const kind = textAt(definition, "spec", "names", "kind");
    const name = textAt(definition, "spec", "names", "plural");
    const namespaced = textAt(definition, "spec", "scope") === "Namespaced";
    this.#kinds.set(`/apis/${group}/v1`, [{ kind, name, namespaced }]);
    this.edit(path, { status: { conditions: [{ type: "Established", status: "True" }] } });
  }

  #get({ pathname, searchParams }: URL, metadataOnly: boolean): FakeAnswer {
    const kinds = this.#kinds.get(pathname);
    if (kinds !== undefined) return success(200, { kind: "APIResourceList", resources: [...kinds] });
    const found = this.#objects.get(pathname);
    if (found !== undefined) return success(200, found);
    const isCollection = [...this.#kinds.values()].flat().some(({ name }) => pathname.endsWith(`/${name}`));
    if (!isCollection) return failure(404, `${pathname} not found`);
    const selector = (searchParams.get("labelSelector") ?? "").split(",").filter((part) => part !== "");
    const items = [...this.#objects]
      .filter(([path]) => path.slice(0, path.lastIndexOf("/")) === pathname)
      .map(([, object]) => object)
      .filter((object) => {
        const labels = textsAt(object, "metadata", "labels");
        return selector.every((part) => `${part.split("=")[0]}=${labels[part.split("=")[0] ?? ""]}` === part);
      });
    const shown = metadataOnly ? items.map((object) => ({ metadata: object["metadata"] })) : items;
    return success(200, { kind: "List", items: shown });
  }

  #create(collection: string, sent: Json): FakeAnswer {
    const path = `${collection}/${textAt(sent, "metadata", "name")}`;
    if (this.#objects.has(path)) return failure(409, `${path} already exists`);
    return success(201, this.#keep(path, sent));
  }

  #delete(path: string, found: Json, options: Json): FakeAnswer {
    const uid = textAt(options, "preconditions", "uid");
    if (uid !== "" && uid !== textAt(found, "metadata", "uid"))
      return failure(409, `the UID in the precondition (${uid}) does not match the UID in record`);
    this.#objects.delete(path);
    return success(200, { kind: "Status", status: "Success" });
  }

  #keep(path: string, object: Json): Json {
    this.#version += 1;
    const uid = textAt(object, "metadata", "uid") || `uid-${this.#version}`;
    const resourceVersion = String(this.#version);
    const created = textAt(object, "metadata", "creationTimestamp") || "2026-01-01T00:00:00Z";
    const name = textAt(object, "metadata", "name") || path.slice(path.lastIndexOf("/") + 1);
    const kept = mergePatched(object, { metadata: { name, uid, resourceVersion, creationTimestamp: created } });
    this.#objects.set(path, kept);
    return kept;
  }
}

function metadataOf(found: Json, sent: Json): Json {
  return mergePatched(
    { uid: textAt(found, "metadata", "uid"), creationTimestamp: textAt(found, "metadata", "creationTimestamp") },
    objectOf(at(sent, "metadata")),
  );
}

function withoutVersion(patch: Json): Json {
  const { resourceVersion: _version, ...metadata } = objectOf(at(patch, "metadata"));
  return { ...patch, metadata };
}

function objectIn(body: string): Json {
  return objectOf(JSON.parse(body));
}

function objectOf(value: unknown): Json {
  // JSON's objects have string keys
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function success(status: number, object: Json): FakeAnswer {
  return { status, body: JSON.stringify(object) };
}

function failure(status: number, message: string): FakeAnswer {
  return { status, body: JSON.stringify({ kind: "Status", status: "Failure", message, code: status }) };
}
