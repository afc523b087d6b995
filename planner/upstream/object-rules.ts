// What an object of a Kubernetes document must have as a whole, by its Go type: fields that it needs, and those that exclude each other.
import type { Fault } from "#shared/schema/types/domain.ts";
import { ownValue } from "#shared/own-value.ts";

type Fields = Readonly<Record<string, unknown>>;
type ObjectRule = (fields: Fields) => Fault | undefined;

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || value === 0 || (Array.isArray(value) && value.length === 0)
  );
}

function needs(...names: readonly string[]): ObjectRule {
  return (fields) => {
    const missing = names.find((name) => isEmpty(fields[name]));
    return missing === undefined
      ? undefined
      : { problem: `${missing} is missing`, hint: `it needs ${names.join(", ")}` };
  };
}

function first(...rules: readonly ObjectRule[]): ObjectRule {
  return (fields) => rules.reduce<Fault | undefined>((fault, rule) => fault ?? rule(fields), undefined);
}

function exactlyOne(...names: readonly string[]): ObjectRule {
  return (fields) =>
    names.filter((name) => !isEmpty(fields[name])).length === 1
      ? undefined
      : { problem: `it needs one of ${names.join(" and ")}` };
}

const issuer: ObjectRule = first(needs("url", "audiences"), ({ audiences, audienceMatchPolicy, discoveryURL, url }) => {
  if (Array.isArray(audiences) && audiences.length > 1 && audienceMatchPolicy !== "MatchAny")
    return { problem: "more than one audience needs audienceMatchPolicy: MatchAny", at: ["audiences"] };
  return !isEmpty(discoveryURL) && discoveryURL === url
    ? { problem: "it is the same as url", hint: "leave it out", at: ["discoveryURL"] }
    : undefined;
});
const username: ObjectRule = ({ claim, expression, prefix }) => {
  if (!isEmpty(claim) && !isEmpty(expression)) return { problem: "it needs one of claim and expression" };
  if (!isEmpty(claim) && prefix === undefined) return { problem: "a claim needs a prefix", hint: 'prefix: "" is none' };
  return isEmpty(claim) && !isEmpty(prefix) ? { problem: "a prefix needs a claim" } : undefined;
};
const mappings: ObjectRule = ({ username: name }) =>
  isEmpty(name) || (typeof name === "object" && name !== null && !("claim" in name) && !("expression" in name))
    ? { problem: "username is missing", hint: "such as username: { claim: sub, prefix: '' }" }
    : undefined;
const authenticator: ObjectRule = first(needs("issuer", "claimMappings"));

const jwt = (version: string): Readonly<Record<string, ObjectRule>> => ({
  [`apiserver/${version}.Issuer`]: issuer,
  [`apiserver/${version}.ClaimMappings`]: mappings,
  [`apiserver/${version}.JWTAuthenticator`]: authenticator,
  [`apiserver/${version}.PrefixedClaimOrExpression`]: username,
  [`apiserver/${version}.ClaimValidationRule`]: exactlyOne("claim", "expression"),
  [`apiserver/${version}.UserValidationRule`]: needs("expression"),
  [`apiserver/${version}.ExtraMapping`]: needs("key", "valueExpression"),
  [`apiserver/${version}.AnonymousAuthConfig`]: ({ enabled, conditions }) =>
    enabled !== true && !isEmpty(conditions) ? { problem: "conditions need enabled: true" } : undefined,
});

const rules: Readonly<Record<string, ObjectRule>> = {
  ...jwt("v1"),
  ...jwt("v1beta1"),
  "audit/v1.GroupResources": ({ resourceNames, resources }) =>
    !isEmpty(resourceNames) && isEmpty(resources) ? { problem: "resourceNames need resources" } : undefined,
  "audit/v1.PolicyRule": ({ nonResourceURLs, resources, namespaces }) =>
    !isEmpty(nonResourceURLs) && (!isEmpty(resources) || !isEmpty(namespaces))
      ? {
          problem: "nonResourceURLs exclude resources and namespaces",
          hint: "write two rules",
          at: ["nonResourceURLs"],
        }
      : undefined,
  "eventratelimit/v1alpha1.Configuration": needs("limits"),
  "eventratelimit/v1alpha1.Limit": needs("type", "qps", "burst"),
  "config/v1.ResourceSpec": needs("name"),
  "config/v1.ExtenderManagedResource": needs("name"),
  "api/v1.VModuleItem": needs("filePattern"),
  "core/v1.TopologySpreadConstraint": needs("maxSkew", "topologyKey", "whenUnsatisfiable"),
};

/** The fault of an object whose fields are each good. */
export function wrongObject(type: string, fields: Fields): Fault | undefined {
  const rule = ownValue(rules, type);
  return rule?.(fields);
}
