// Services of the protocol's descriptions in the form that the gRPC library takes.
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { healthProtocol, pluginProtocol, providerProtocol } from "#planner/terraform/wire/messages.ts";

/** Enumerations and 64-bit numbers as numbers; every field is there. */
const asObject = { longs: Number, enums: Number, defaults: true } as const;

export type Services = Readonly<Record<"provider" | "controller" | "stdio" | "broker" | "health", ServiceDefinition>>;

export function pluginServices(): Services {
  const root = new protobuf.Root();
  for (const text of [providerProtocol, pluginProtocol, healthProtocol]) protobuf.parse(text, root, { keepCase: true });
  root.resolveAll();
  const of = (name: string): ServiceDefinition => definition(root.lookupService(name));
  return {
    provider: of("tfplugin6.Provider"),
    controller: of("plugin.GRPCController"),
    stdio: of("plugin.GRPCStdio"),
    broker: of("plugin.GRPCBroker"),
    health: of("grpc.health.v1.Health"),
  };
}

function definition(service: protobuf.Service): ServiceDefinition {
  const name = service.fullName.replace(/^\./, "");
  const methods = service.methodsArray.map((method) => [method.name, methodOf(name, method)] as const);
  return Object.fromEntries(methods);
}

function methodOf(service: string, method: protobuf.Method): MethodDefinition<object, object> {
  method.resolve();
  const { name, requestStream = false, responseStream = false, resolvedRequestType, resolvedResponseType } = method;
  return {
    path: `/${service}/${name}`,
    requestStream,
    responseStream,
    ...codecOf("request", resolvedRequestType),
    ...codecOf("response", resolvedResponseType),
    originalName: name,
  };
}

type Codec<Part extends string> = Record<`${Part}Serialize`, (value: object) => Buffer> &
  Record<`${Part}Deserialize`, (bytes: Buffer) => object>;

function codecOf<Part extends "request" | "response">(part: Part, type: protobuf.Type | null): Codec<Part> {
  if (type === null) throw new TypeError("a method without its messages");
  const codec = {
    [`${part}Serialize`]: (value: object) => Buffer.from(type.encode(type.fromObject(value)).finish()),
    [`${part}Deserialize`]: (bytes: Buffer) => type.toObject(type.decode(bytes), asObject),
  };
  // both names are those of the part
  return codec as Codec<Part>;
}
