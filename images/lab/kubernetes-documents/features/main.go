// Prints the feature gates of Kubernetes' programs as JSON: name → "true" or "false", its default, with "!" when it is locked to
// that, and the gates that it needs after a colon. Programs know all of them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	logs "k8s.io/component-base/logs/api/v1"
	metrics "k8s.io/component-base/metrics/features"
	_ "k8s.io/kubernetes/pkg/features"
)

// Since 1.35.
type withDependencies interface {
	Dependencies() map[featuregate.Feature][]featuregate.Feature
}

func main() {
	gates := utilfeature.DefaultMutableFeatureGate
	if err := logs.AddFeatureGates(gates); err != nil {
		fail(err)
	}
	if err := metrics.AddFeatureGates(gates); err != nil {
		fail(err)
	}
	needs := map[featuregate.Feature][]featuregate.Feature{}
	if known, ok := gates.(withDependencies); ok {
		needs = known.Dependencies()
	}
	table := map[string]string{}
	for name, spec := range gates.GetAll() {
		word := fmt.Sprint(spec.Default)
		if spec.LockToDefault {
			word += "!"
		}
		var others []string
		for _, other := range needs[name] {
			others = append(others, string(other))
		}
		slices.Sort(others)
		if len(others) > 0 {
			word += ":" + strings.Join(others, ",")
		}
		table[string(name)] = word
	}
	if err := json.NewEncoder(os.Stdout).Encode(table); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kubernetes-documents/features:", err)
	os.Exit(1)
}
