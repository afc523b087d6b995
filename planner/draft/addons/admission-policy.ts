// ValidatingAdmissionPolicies for the requests of one group: what all of them have in common.
type Policy = {
  readonly name: string;
  /** Group whose requests are looked at; `condition` names that. */
  readonly group: string;
  readonly condition: string;
  /** Kind of the core group that the policy's parameters are of. */
  readonly paramKind: string;
  readonly rule: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  };
  readonly variables?: readonly object[];
  readonly validations: readonly object[];
};

const apiVersion = "admissionregistration.k8s.io/v1";

export function groupPolicy({ name, group, condition, paramKind, rule, variables, validations }: Policy): object {
  return {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      paramKind: { apiVersion: "v1", kind: paramKind },
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: condition, expression: `"${group}" in request.userInfo.groups` }],
      ...(variables === undefined ? {} : { variables }),
      validations,
    },
  };
}

/** Puts the policy of that name in force; `paramRef` says where its parameters are. */
export function policyBinding(name: string, paramRef: object): object {
  return {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: { policyName: name, validationActions: ["Deny"], paramRef },
  };
}
