#!/bin/bash
# The recipes of the images that a cluster with Kubernetes needs, for make; what a recipe is: recipes.sh.
# Compiled from the Go modules pinned beside this file. Entrypoints, users, paths and file capabilities are those that the
# Dockerfiles in the modules themselves give the official images.
# shellcheck disable=SC2034,SC2154 # reference, config and tar_options are read by make; root, here, work and cache are set there

# Folder of the module; another one within recipes of NAME-before.
kubernetes=kubernetes

kubernetes_version() { module_version "$kubernetes" k8s.io/kubernetes; }

kubernetes_program() { # PACKAGE DESTINATION - with the version that it reports
  local version minor prefix=k8s.io/component-base/version
  version=$(kubernetes_version)
  minor=${version#*.} minor=${minor%%.*}
  go_program "$kubernetes" "$1" "$2" "-X $prefix.gitVersion=v$version -X $prefix.gitMajor=${version%%.*} -X $prefix.gitMinor=$minor \
    -X $prefix.gitTreeState=clean -X k8s.io/client-go/pkg/version.gitVersion=v$version"
}

kubernetes_inputs() { # PROGRAM... - of this machine, that are put into the image
  cat "$here/recipes-kubernetes.sh" "$here/$kubernetes"/go.*
  sha256sum /etc/ssl/certs/ca-certificates.crt "$@"
}

distroless() { # users and certificates as in the images without a shell
  mkdir -p "$root/etc/ssl/certs" "$root/home/nonroot"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin \
    nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >"$root/etc/passwd"
  printf '%s\n' root:x:0: nobody:x:65534: nonroot:x:65532: >"$root/etc/group"
}

distroless_config() { # USER ENTRYPOINT
  config='{"User":"'$1'","WorkingDir":"/","Entrypoint":["'$2'"],
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"]}'
}

# Lets the program listen on ports below 1024 as any user. With it the kernel refuses to start the program at all (EPERM)
# where the container's capabilities do not include NET_BIND_SERVICE.
may_bind_low_ports() { # PATH
  setcap cap_net_bind_service=+ep "$root$1"
  tar_options=(--format=posix '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime'
    --xattrs --xattrs-include=security.capability)
}

put_command() { # NAME... - commands of this machine; a link stays a link
  local name path real
  for name in "$@"; do
    path=$(type -P "$name") || { echo "make: $name is missing; .ci/debian kubernetes installs it" >&2; exit 1; }
    real=$(readlink -f "$path")
    rm -f "$root$real" "$root$path" # busybox may stand there by the same name
    put "$real" "$real"
    [ "$path" = "$real" ] || ln -s "$real" "$root$path"
  done
}

put_iptables() {
  local modules module
  modules=/usr/lib/$(uname -m)-linux-gnu/xtables
  put_command iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore
  mkdir -p "$root$modules"
  cp "$modules"/*.so "$root$modules/"
  for module in "$modules"/*.so; do put_libraries "$module"; done # statistic needs libm
}

# Not busybox's own shell: that runs its applets and passes over programs of the same name (mount, ip).
put_shell() {
  put_command busybox dash
  ln -sf dash "$root/usr/bin/sh"
}

control_plane_image() { # NAME
  distroless
  kubernetes_program "k8s.io/kubernetes/cmd/$1" "/usr/local/bin/$1"
  kubernetes_program k8s.io/component-base/logs/kube-log-runner /usr/local/bin/kube-log-runner
  mv "$root/usr/local/bin/kube-log-runner" "$root/go-runner"
  reference=registry.k8s.io/$1:v$(kubernetes_version)
  distroless_config 0 /go-runner
}

inputs_kube-apiserver() { kubernetes_inputs; }
recipe_kube-apiserver() {
  control_plane_image kube-apiserver
  may_bind_low_ports /usr/local/bin/kube-apiserver
}
inputs_kube-controller-manager() { kubernetes_inputs; }
recipe_kube-controller-manager() { control_plane_image kube-controller-manager; }
inputs_kube-scheduler() { kubernetes_inputs; }
recipe_kube-scheduler() { control_plane_image kube-scheduler; }

inputs_kube-proxy() { kubernetes_inputs /usr/sbin/{xtables-nft-multi,nft,conntrack}; }
recipe_kube-proxy() {
  control_plane_image kube-proxy
  put_iptables
  put_command nft conntrack
}

inputs_kubectl() { kubernetes_inputs; }
recipe_kubectl() {
  distroless
  kubernetes_program k8s.io/kubernetes/cmd/kubectl /usr/bin/kubectl # /bin is a link
  reference=registry.k8s.io/kubectl:v$(kubernetes_version)
  distroless_config 0 /bin/kubectl
}

# The same of the minor version before, for upgrades. Each runs in a subshell of make.
for program in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  eval "inputs_$program-before() { kubernetes=kubernetes-before; inputs_$program; }"
  eval "recipe_$program-before() { kubernetes=kubernetes-before; recipe_$program; }"
done

kubelet_commands() { sed -n 's/^must [^ ]* \?//p' "$here/../kubelet/packages"; }

inputs_kubelet() {
  # shellcheck disable=SC2046 # names of commands
  kubernetes_inputs "$here/../kubelet/packages" $(type -P $(kubelet_commands)) /bin/{busybox,dash}
}

# As ../kubelet/Dockerfile makes it, but from this machine's programs. There is no official one; named as a public one.
recipe_kubelet() {
  distroless
  put_shell
  put_iptables
  # shellcheck disable=SC2046 # names of commands
  put_command $(kubelet_commands)
  kubernetes_program k8s.io/kubernetes/cmd/kubelet /usr/local/bin/kubelet
  reference=quay.io/poseidon/kubelet:v$(kubernetes_version)
  config='{"Entrypoint":["/usr/local/bin/kubelet"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
}

inputs_coredns() { cat "$here/recipes-kubernetes.sh" "$here"/coredns/*; }
recipe_coredns() {
  distroless
  go_program coredns . /coredns
  may_bind_low_ports /coredns
  reference=registry.k8s.io/coredns/coredns:v$(module_version coredns github.com/coredns/coredns)
  distroless_config 65532:65532 /coredns
}

inputs_helm() { cat "$here/recipes-kubernetes.sh" "$here"/helm/*; sha256sum /bin/{busybox,dash}; }
recipe_helm() { # there is no official one; named as a public one, which has a shell and more besides
  local version
  version=$(module_version helm helm.sh/helm/v4)
  distroless
  put_shell
  go_program helm helm.sh/helm/v4/cmd/helm /usr/bin/helm \
    "-X helm.sh/helm/v4/internal/version.version=v$version -X helm.sh/helm/v4/internal/version.gitTreeState=clean"
  mkdir "$root/apps"
  reference=alpine/helm:$version
  config='{"WorkingDir":"/apps","Entrypoint":["helm"],"Cmd":["--help"],
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
}

inputs_pause() { cat "$here/recipes-kubernetes.sh" "$here"/pause/*; }
recipe_pause() {
  go_program pause . /pause
  reference=registry.k8s.io/pause:3.10.2
  config='{"User":"65535:65535","Entrypoint":["/pause"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
}

inputs_cni-plugins() { cat "$here/recipes-kubernetes.sh" "$here"/cni/*; sha256sum /bin/{busybox,dash}; }

# Puts the reference plug-ins where the host's CRI looks for them, and ends. A plug-in may be running while it is replaced.
recipe_cni-plugins() {
  local plugin plugins=github.com/containernetworking/plugins version
  version=v$(module_version cni $plugins)
  put_shell
  mkdir -p "$root/opt/cni/bin"
  for plugin in main/bridge main/loopback ipam/host-local meta/portmap; do
    go_program cni "$plugins/plugins/$plugin" "/opt/cni/bin/${plugin#*/}" "-X $plugins/pkg/utils/buildversion.BuildVersion=$version"
  done
  cat >"$root/usr/local/bin/install-cni-plugins" <<'END'
#!/bin/sh
# install-cni-plugins DIRECTORY - copies this image's CNI plug-ins there, each as a whole.
set -eu
for plugin in /opt/cni/bin/*; do
  name=${plugin##*/}
  busybox cp "$plugin" "$1/.$name.new"
  busybox mv "$1/.$name.new" "$1/$name"
done
END
  chmod 755 "$root/usr/local/bin/install-cni-plugins"
  reference=flexkube.test/cni-plugins:$version
  config='{"Entrypoint":["install-cni-plugins"],"Cmd":["/host/opt/cni/bin"],
    "Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
}

tools_inputs() { # COMMAND...
  cat "$here/recipes-kubernetes.sh"
  # shellcheck disable=SC2046 # names of commands
  sha256sum /bin/{busybox,dash} $(type -P "$@")
}

inputs_node-net() { tools_inputs xtables-nft-multi nft ip; }
recipe_node-net() { # what a script that keeps a host's routes and packet filter needs
  recipe_busybox
  put_shell
  put_iptables
  put_command nft ip
  reference=flexkube.test/node-net:lab
}

inputs_pod-tools() { tools_inputs curl ip; }
recipe_pod-tools() { # for pods of tests: curl, and of busybox httpd, nslookup and the rest
  recipe_busybox
  distroless
  put_shell
  put_command curl ip
  reference=flexkube.test/pod-tools:lab
}
