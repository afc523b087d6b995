// Prints the fields of Kubernetes' configuration documents as JSON, taken from the Go types that the programs decode them into:
// documents (apiVersion/kind → type), types (type → field → what it holds), enums (type → values). Field types are words that
// planner/upstream/document-table.ts knows: string, bool, int, int32, uint, float, duration, quantity, time, any, []T, map[T], #Type,
// enum:Type.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"os"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

type root struct{ path, apiVersion, kind, goType string }

const config = "k8s.io/kube-scheduler/config/v1"

var roots = append([]root{
	{"k8s.io/apiserver/pkg/apis/audit/v1", "audit.k8s.io/v1", "Policy", ""},
	{"k8s.io/apiserver/pkg/apis/apiserver/v1", "apiserver.config.k8s.io/v1", "AdmissionConfiguration", ""},
	{"k8s.io/apiserver/pkg/apis/apiserver/v1", "apiserver.config.k8s.io/v1", "AuthenticationConfiguration", ""},
	{"k8s.io/apiserver/pkg/apis/apiserver/v1beta1", "apiserver.config.k8s.io/v1beta1", "AuthenticationConfiguration", ""},
	{"k8s.io/pod-security-admission/admission/api/v1", "pod-security.admission.config.k8s.io/v1", "PodSecurityConfiguration", ""},
	{"k8s.io/apiserver/pkg/admission/plugin/resourcequota/apis/resourcequota/v1", "apiserver.config.k8s.io/v1", "ResourceQuotaConfiguration", "Configuration"},
	{"k8s.io/apiserver/pkg/admission/plugin/webhook/config/apis/webhookadmission/v1", "apiserver.config.k8s.io/v1", "WebhookAdmissionConfiguration", "WebhookAdmission"},
	{"k8s.io/kubernetes/plugin/pkg/admission/eventratelimit/apis/eventratelimit/v1alpha1", "eventratelimit.admission.k8s.io/v1alpha1", "Configuration", ""},
	{"k8s.io/kubernetes/plugin/pkg/admission/podtolerationrestriction/apis/podtolerationrestriction/v1alpha1", "podtolerationrestriction.admission.k8s.io/v1alpha1", "Configuration", ""},
	{"k8s.io/kubelet/config/v1beta1", "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration", ""},
	{"k8s.io/kube-proxy/config/v1alpha1", "kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", ""},
	{config, "kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration", ""},
}, schedulerArguments("DefaultPreemptionArgs", "DynamicResourcesArgs", "InterPodAffinityArgs", "NodeAffinityArgs",
	"NodeResourcesBalancedAllocationArgs", "NodeResourcesFitArgs", "PodTopologySpreadArgs", "VolumeBindingArgs")...)

func schedulerArguments(kinds ...string) []root {
	var all []root
	for _, kind := range kinds {
		all = append(all, root{config, "kubescheduler.config.k8s.io/v1", kind, ""})
	}
	return all
}

// Types that read JSON by code of their own.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":        "duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":            "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":       "time",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":        "quantity",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":         "any",
	"k8s.io/apimachinery/pkg/runtime.Unknown":              "any",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":      "any",
	"k8s.io/component-base/logs/api/v1.TimeOrMetaDuration": "any",
}

type table struct {
	Documents map[string]string            `json:"documents"`
	Types     map[string]map[string]string `json:"types"`
	Enums     map[string][]string          `json:"enums"`
}

type walker struct {
	table
	packages map[string]*packages.Package
}

func main() {
	var paths []string
	for _, each := range roots {
		if !slices.Contains(paths, each.path) {
			paths = append(paths, each.path)
		}
	}
	mode := packages.NeedName | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps
	loaded, err := packages.Load(&packages.Config{Mode: mode, BuildFlags: []string{"-modfile=" + os.Args[1]}}, paths...)
	if err != nil {
		fail(err.Error())
	}
	w := walker{table{map[string]string{}, map[string]map[string]string{}, map[string][]string{}}, map[string]*packages.Package{}}
	packages.Visit(loaded, nil, func(p *packages.Package) { w.packages[p.PkgPath] = p })
	for _, each := range roots {
		name := each.goType
		if name == "" {
			name = each.kind
		}
		p := w.packages[each.path]
		if p == nil || len(p.Errors) > 0 {
			fail(fmt.Sprintf("%s cannot be loaded: %v", each.path, p))
		}
		object := p.Types.Scope().Lookup(name)
		if object == nil {
			fail(fmt.Sprintf("%s has no type %s", each.path, name))
		}
		w.Documents[each.apiVersion+"/"+each.kind] = strings.TrimPrefix(w.word(object.Type()), "#")
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(w.table); err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "kubernetes-documents:", message)
	os.Exit(1)
}

// The word for what a field of this type holds.
func (w *walker) word(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		return w.word(t.Elem())
	case *types.Slice:
		if basic, ok := t.Elem().Underlying().(*types.Basic); ok && basic.Kind() == types.Byte {
			return "string"
		}
		return "[]" + w.word(t.Elem())
	case *types.Map:
		return "map[" + w.word(t.Elem()) + "]"
	case *types.Basic:
		return basicWord(t)
	case *types.Named:
		return w.named(t)
	}
	return "any"
}

func basicWord(t *types.Basic) string {
	info := t.Info()
	switch {
	case info&types.IsString != 0:
		return "string"
	case info&types.IsBoolean != 0:
		return "bool"
	case info&types.IsUnsigned != 0:
		return "uint"
	case t.Kind() == types.Int32:
		return "int32"
	case info&types.IsInteger != 0:
		return "int"
	case info&types.IsFloat != 0:
		return "float"
	}
	return "any"
}

func (w *walker) named(t *types.Named) string {
	object := t.Obj()
	if object.Pkg() == nil {
		return "any"
	}
	if word, ok := special[object.Pkg().Path()+"."+object.Name()]; ok {
		return word
	}
	if hasMethod(t, "UnmarshalJSON") {
		return "any"
	}
	structure, ok := t.Underlying().(*types.Struct)
	if !ok {
		return w.scalar(t)
	}
	name := shortName(object)
	if _, done := w.Types[name]; !done {
		fields := map[string]string{}
		w.Types[name] = fields
		w.fields(structure, fields)
	}
	return "#" + name
}

func (w *walker) scalar(t *types.Named) string {
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsString == 0 {
		return w.word(t.Underlying())
	}
	values := w.constants(t)
	if len(values) == 0 {
		return "string"
	}
	name := shortName(t.Obj())
	w.Enums[name] = values
	return "enum:" + name
}

// The constants of a type that are all it may be: types of the core API say so themselves, those of configurations are.
func (w *walker) constants(t *types.Named) []string {
	object := t.Obj()
	p := w.packages[object.Pkg().Path()]
	if strings.HasPrefix(object.Pkg().Path(), "k8s.io/api/") && !isMarked(p, object.Name()) {
		return nil
	}
	var values []string
	scope := object.Pkg().Scope()
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), t) {
			values = append(values, constant.StringVal(c.Val()))
		}
	}
	slices.Sort(values)
	return slices.Compact(values)
}

func isMarked(p *packages.Package, name string) bool {
	for _, file := range p.Syntax {
		for _, declaration := range file.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok && named.Name.Name == name {
					return strings.Contains(general.Doc.Text()+named.Doc.Text(), "+enum")
				}
			}
		}
	}
	return false
}

func (w *walker) fields(structure *types.Struct, into map[string]string) {
	for i := range structure.NumFields() {
		field := structure.Field(i)
		tag := reflect.StructTag(structure.Tag(i)).Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || !field.Exported() {
			continue
		}
		if name == "" && (field.Embedded() || strings.Contains(options, "inline")) {
			if inner, ok := dereferenced(field.Type()).Underlying().(*types.Struct); ok {
				w.fields(inner, into)
				continue
			}
		}
		if name == "" {
			name = field.Name()
		}
		into[name] = w.word(field.Type())
	}
}

func dereferenced(t types.Type) types.Type {
	if pointer, ok := t.(*types.Pointer); ok {
		return pointer.Elem()
	}
	return t
}

func hasMethod(t *types.Named, name string) bool {
	object, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, t.Obj().Pkg(), name)
	_, ok := object.(*types.Func)
	return ok
}

func shortName(object *types.TypeName) string {
	parts := strings.Split(object.Pkg().Path(), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/") + "." + object.Name()
}
